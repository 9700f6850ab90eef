import { defineConfig } from "vite";

// Everything is served by the service itself, below /graphql, and nothing is fetched from anywhere else.
export default defineConfig({
  base: "/graphql/",
  logLevel: "warn",
  build: {
    outDir: "../billing/web/graphiql_build",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 5000, // The editor, Monaco, is that large.
    license: { fileName: "licenses.md" }, // Their authors ask for their notices wherever the packages go.
    reportCompressedSize: false,
    rolldownOptions: {
      onLog: (level, log, say) => {
        // Said by dozens of packages; it concerns pages that are made on a server.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") {
          say(level, log);
        }
      },
    },
  },
});

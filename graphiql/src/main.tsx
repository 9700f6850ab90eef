import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./style.css";

import { createRoot } from "react-dom/client";

import { App } from "./App";
import { loadDemoUsers } from "./demoUsers";

const root = document.getElementById("root")!;
const demoUsers = root.dataset["demo"] === "yes" ? await loadDemoUsers() : [];
createRoot(root).render(<App demoUsers={demoUsers} />);

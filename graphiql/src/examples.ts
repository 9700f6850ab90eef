import type { DemoUser } from "./demoUsers";

/** An operation to start from. Its first line, a comment, is the question that it answers. */
export interface Example {
  question: string;
  query: string;
  variables: string | null;
}

const documents = import.meta.glob<string>("./examples/*.graphql", { eager: true, query: "?raw", import: "default" });
const variables = import.meta.glob<string>("./examples/*.json", { eager: true, query: "?raw", import: "default" });

/** All examples in the order of their files, with the ids of the demo's divisions and the year written in. */
export function examplesFor(demoUsers: DemoUser[]): Example[] {
  return Object.keys(documents)
    .sort()
    .map((path) => {
      const query = fill(documents[path]!.trimEnd(), demoUsers);
      const given = variables[path.replace(/graphql$/, "json")];
      return {
        question: query.split("\n", 1)[0]!.replace(/^# */, ""),
        query,
        variables: given === undefined ? null : fill(given.trimEnd(), demoUsers),
      };
    });
}

function fill(text: string, demoUsers: DemoUser[]): string {
  const idOf = (code: string) => demoUsers.find((user) => user.division === code)?.divisionId;
  const year = new Date().getFullYear();
  return text
    .replaceAll("{{this year}}", String(year))
    .replaceAll("{{last year}}", String(year - 1))
    .replace(/\{\{division ([\w-]+)\}\}/g, (_, code: string) => idOf(code) ?? `the id of ${code}`);
}

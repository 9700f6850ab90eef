// The documents in documents/, as texts by their name.
import { readFileSync } from "node:fs";

const read = (name) => readFileSync(new URL(`documents/${name}.graphql`, import.meta.url), "utf8");

export const RECORD = read("record");
export const CHARGE = read("charge");
export const AUTHOR = read("author");
export const RECORDS = read("records");
export const REMOVED = read("removed");

// The audits of graphql-http, one after another, as one person.
import { serverAudits } from "graphql-http";
import { token, url } from "./tell.mjs";

const fetchFn = (address, request) =>
  fetch(address, { ...request, headers: { ...request?.headers, Authorization: `Bearer ${token}` } });

const results = [];
for (const audit of serverAudits({ url, fetchFn })) {
  const { id, name, status, reason } = await audit.fn();
  results.push({ id, name, status, reason });
}
process.stdout.write(JSON.stringify(results));

// Relay for the service.
import relay from "relay-runtime";
import { sha256 } from "../sha256.mjs";

const { Environment, Network, RecordSource, Store } = relay;

async function send(url, token, body) {
  const headers = {
    Authorization: `Bearer ${token}`,
    "Content-Type": "application/json",
    Accept: "application/graphql-response+json, application/json;q=0.9",
  };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}

const environment = (network) => new Environment({ network, store: new Store(new RecordSource()) });

export const connect = (url, token) =>
  environment(
    Network.create(({ name, text }, variables) => send(url, token, { operationName: name, query: text, variables })),
  );

// A document is sent once; from then on its hash is.
async function sendPersisted(url, token, { name, text }, variables) {
  const persistedQuery = { version: 1, sha256Hash: await sha256(text) };
  const body = { operationName: name, variables, extensions: { persistedQuery } };
  const answer = await send(url, token, body);
  const isUnknown = answer.errors?.some((error) => error.extensions.code === "PERSISTED_QUERY_NOT_FOUND");
  return isUnknown ? send(url, token, { ...body, query: text }) : answer;
}

export const connectPersisted = (url, token) =>
  environment(Network.create((request, variables) => sendPersisted(url, token, request, variables)));

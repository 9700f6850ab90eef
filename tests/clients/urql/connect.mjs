// urql for the service.
import { cacheExchange, Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";

const authorized = (token) => ({ headers: { Authorization: `Bearer ${token}` } });

export const connect = (url, token) =>
  new Client({ url, fetchOptions: authorized(token), exchanges: [cacheExchange, fetchExchange] });

// A document is sent once; from then on its hash is, for queries by GET.
const persisted = persistedExchange({ enableForMutation: true });

export const connectPersisted = (url, token) =>
  new Client({ url, fetchOptions: authorized(token), exchanges: [cacheExchange, persisted, fetchExchange] });

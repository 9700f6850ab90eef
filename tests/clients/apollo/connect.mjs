// Apollo Client for the service.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { relayStylePagination } from "@apollo/client/utilities";
import { sha256 } from "../sha256.mjs";

const cache = () =>
  new InMemoryCache({
    possibleTypes: { Node: ["BillingRecord", "CatalogItem", "CreditNote", "Dispute", "Division", "PaymentRecord"] },
    typePolicies: { Query: { fields: { billingRecords: relayStylePagination(["filter", "orderBy"]) } } },
  });

const http = (url, token) => new HttpLink({ uri: url, headers: { Authorization: `Bearer ${token}` } });

export const connect = (url, token) => new ApolloClient({ link: http(url, token), cache: cache() });

// A document is sent once; from then on its hash is, for queries by GET.
const persisted = () => new PersistedQueryLink({ sha256, useGETForHashedQueries: true });

export const connectPersisted = (url, token) =>
  new ApolloClient({ link: ApolloLink.from([persisted(), http(url, token)]), cache: cache() });

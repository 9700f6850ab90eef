// Queries and mutations of Relay as promises.
import relay from "relay-runtime";

const { commitMutation, fetchQuery } = relay;

export const ask = (environment, query, variables) => fetchQuery(environment, query, variables).toPromise();

export const change = (environment, mutation, variables) =>
  new Promise((resolve, reject) => {
    commitMutation(environment, { mutation, variables, onCompleted: resolve, onError: reject });
  });

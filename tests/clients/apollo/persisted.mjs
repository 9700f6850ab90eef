// What an application on Apollo Client sees of persisted queries: nothing.
import { gql } from "@apollo/client";
import { CHARGE, RECORD } from "../documents.mjs";
import { charge, number, tell, token, url } from "../tell.mjs";
import { connectPersisted } from "./connect.mjs";

const client = connectPersisted(url, token);

async function record() {
  const { data } = await client.query({ query: gql(RECORD), variables: { number }, fetchPolicy: "network-only" });
  return data.billingRecord.number;
}

async function charged() {
  const { data } = await client.mutate({ mutation: gql(CHARGE), variables: { input: charge } });
  return data.createBillingRecord.replayed;
}

await tell({ record, recordAgain: record, charged, chargedAgain: charged });

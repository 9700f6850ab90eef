// What an application on urql sees of persisted queries: nothing.
import { CHARGE, RECORD } from "../documents.mjs";
import { charge, number, tell, token, url } from "../tell.mjs";
import { connectPersisted } from "./connect.mjs";

const client = connectPersisted(url, token);

async function record() {
  const { data, error } = await client.query(RECORD, { number }, { requestPolicy: "network-only" });
  if (error) throw error;
  return data.billingRecord.number;
}

async function charged() {
  const { data, error } = await client.mutation(CHARGE, { input: charge });
  if (error) throw error;
  return data.createBillingRecord.replayed;
}

await tell({ record, recordAgain: record, charged, chargedAgain: charged });

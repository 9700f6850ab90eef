// What an application on Relay sees of persisted queries: nothing.
import { charge, number, tell, token, url } from "../tell.mjs";
import CHARGE from "./__generated__/documentsChargeMutation.graphql.js";
import RECORD from "./__generated__/documentsRecordQuery.graphql.js";
import { ask, change } from "./ask.mjs";
import { connectPersisted } from "./connect.mjs";

const environment = connectPersisted(url, token);

async function record() {
  const { billingRecord } = await ask(environment, RECORD, { number });
  return billingRecord.number;
}

async function charged() {
  const { createBillingRecord } = await change(environment, CHARGE, { input: charge });
  return createBillingRecord.replayed;
}

await tell({ record, recordAgain: record, charged, chargedAgain: charged });

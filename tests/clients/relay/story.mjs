// What an application on Relay sees.
import relay from "relay-runtime";
import { REMOVED } from "../documents.mjs";
import { charge, codes, number, tell, token, url } from "../tell.mjs";
import AUTHOR from "./__generated__/documentsAuthorQuery.graphql.js";
import CHARGE from "./__generated__/documentsChargeMutation.graphql.js";
import RECORD from "./__generated__/documentsRecordQuery.graphql.js";
import RECORDS from "./__generated__/documentsRecordsQuery.graphql.js";
import { ask, change } from "./ask.mjs";
import { connect } from "./connect.mjs";

const { createOperationDescriptor } = relay;
const environment = connect(url, token);

/** The request of an application that was compiled before the graph changed. */
const removed = { ...RECORD, params: { ...RECORD.params, cacheID: "removed", name: "Removed", text: REMOVED } };

async function charged(input) {
  const { createBillingRecord } = await change(environment, CHARGE, { input });
  return createBillingRecord;
}

/** The codes of an operation that has no data. */
async function refusal(asking) {
  const error = await asking.then(
    () => new Error("It was not refused."),
    (error) => error,
  );
  if (!error.source) throw error;
  return codes(error.source.errors);
}

await tell({
  async record() {
    const { billingRecord } = await ask(environment, RECORD, { number });
    const kept = environment.getStore().getSource().get(billingRecord.id);
    return { ...billingRecord, kept: kept.number };
  },
  charged: () => charged(charge),
  replayed: () => charged(charge),
  async corrected() {
    const lines = [{ ...charge.lines[0], quantity: "0.12345678901" }];
    const { billingRecord, userErrors } = await charged({ ...charge, lines, idempotencyKey: "another" });
    return { billingRecord, userErrors };
  },
  async guarded() {
    const { billingRecord } = await ask(environment, AUTHOR, { number });
    const { id, displayName, name } = billingRecord.createdBy;
    return { author: { id, displayName, name: name.ok ? name.value : null }, codes: codes(name.errors) };
  },
  tooMany: () => refusal(ask(environment, RECORDS, { first: 101 })),
  removed: () => refusal(ask(environment, removed, { number })),
  stranger: () => refusal(ask(connect(url, "no.such.token"), RECORD, { number })),
  async pages() {
    const first = createOperationDescriptor(RECORDS, { first: 2 });
    let after = null;
    let page;
    do {
      await ask(environment, RECORDS, { first: 2, after });
      page = environment.lookup(first.fragment).data.billingRecords;
      after = page.pageInfo.endCursor;
    } while (page.pageInfo.hasNextPage);
    return page.edges.map((edge) => edge.node.number);
  },
});

// What an application on urql sees.
import { AUTHOR, CHARGE, RECORD, RECORDS, REMOVED } from "../documents.mjs";
import { charge, codes, number, tell, token, url } from "../tell.mjs";
import { connect } from "./connect.mjs";

const client = connect(url, token);

/** The data; an operation with errors throws. */
async function query(document, variables) {
  const { data, error } = await client.query(document, variables);
  if (error) throw error;
  return data;
}

async function charged(input) {
  const { data, error } = await client.mutation(CHARGE, { input });
  if (error) throw error;
  return data.createBillingRecord;
}

/** The codes of an operation that has no data. */
async function refusal(asking) {
  const { data, error } = await asking;
  if (data || !error) throw new Error("It was not refused.");
  if (error.networkError) throw error;
  return codes(error.graphQLErrors);
}

await tell({
  async record() {
    const { billingRecord } = await query(RECORD, { number });
    const { data } = await client.query(RECORD, { number }, { requestPolicy: "cache-only" });
    return { ...billingRecord, kept: data.billingRecord.number };
  },
  charged: () => charged(charge),
  replayed: () => charged(charge),
  async corrected() {
    const lines = [{ ...charge.lines[0], quantity: "0.12345678901" }];
    const { billingRecord, userErrors } = await charged({ ...charge, lines, idempotencyKey: "another" });
    return { billingRecord, userErrors };
  },
  async guarded() {
    const { data, error } = await client.query(AUTHOR, { number });
    return { author: data.billingRecord.createdBy, codes: codes(error.graphQLErrors) };
  },
  tooMany: () => refusal(client.query(RECORDS, { first: 101 })),
  removed: () => refusal(client.query(REMOVED, {})),
  stranger: () => refusal(connect(url, "no.such.token").query(RECORD, { number })),
  async pages() {
    const numbers = [];
    let page = { hasNextPage: true, endCursor: undefined };
    while (page.hasNextPage) {
      const { billingRecords } = await query(RECORDS, { first: 2, after: page.endCursor });
      numbers.push(...billingRecords.edges.map((edge) => edge.node.number));
      page = billingRecords.pageInfo;
    }
    return numbers;
  },
});

// What an application on Apollo Client sees.
import { CombinedGraphQLErrors, gql } from "@apollo/client";
import { filter, firstValueFrom } from "rxjs";
import { AUTHOR, CHARGE, RECORD, RECORDS, REMOVED } from "../documents.mjs";
import { charge, codes, number, tell, token, url } from "../tell.mjs";
import { connect } from "./connect.mjs";

const client = connect(url, token);

const query = (document, variables) => client.query({ query: gql(document), variables });

async function charged(input) {
  const { data } = await client.mutate({ mutation: gql(CHARGE), variables: { input } });
  return data.createBillingRecord;
}

/** The codes of an operation that has no data. */
async function refusal(asking) {
  const error = await asking.then(
    () => new Error("It was not refused."),
    (error) => error,
  );
  if (!CombinedGraphQLErrors.is(error)) throw error;
  return codes(error.errors);
}

await tell({
  async record() {
    const { data } = await query(RECORD, { number });
    const kept = client.cache.extract()[`BillingRecord:${data.billingRecord.id}`];
    return { ...data.billingRecord, kept: kept.number };
  },
  charged: () => charged(charge),
  replayed: () => charged(charge),
  async corrected() {
    const lines = [{ ...charge.lines[0], quantity: "0.12345678901" }];
    const { billingRecord, userErrors } = await charged({ ...charge, lines, idempotencyKey: "another" });
    return { billingRecord, userErrors };
  },
  async guarded() {
    const { data, error } = await client.query({ query: gql(AUTHOR), variables: { number }, errorPolicy: "all" });
    return { author: data.billingRecord.createdBy, codes: codes(error.errors) };
  },
  tooMany: () => refusal(query(RECORDS, { first: 101 })),
  removed: () => refusal(query(REMOVED)),
  stranger: () => refusal(connect(url, "no.such.token").query({ query: gql(RECORD), variables: { number } })),
  async pages() {
    const records = client.watchQuery({ query: gql(RECORDS), variables: { first: 2 } });
    const watching = records.subscribe(() => {});
    let { data } = await firstValueFrom(records.pipe(filter((result) => !result.loading)));
    while (data.billingRecords.pageInfo.hasNextPage) {
      const after = data.billingRecords.pageInfo.endCursor;
      ({ data } = await records.fetchMore({ variables: { after } }));
    }
    watching.unsubscribe();
    const { billingRecords } = client.readQuery({ query: gql(RECORDS), variables: { first: 2 } });
    return billingRecords.edges.map((edge) => edge.node.number);
  },
});

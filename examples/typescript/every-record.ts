// Every record of a list, page after page.
import { ask } from "./ask.ts";

type Page = {
  billingRecords: {
    nodes: { number: string }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
};

const PAGE = `
  query Page($after: String) {
    billingRecords(filter: { status: { in: [PENDING, OVERDUE] } }, first: 100, after: $after) {
      nodes { number }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

const numbers: string[] = [];
let after: string | null = null;
do {
  const { billingRecords }: Page = await ask<Page>(PAGE, { after });
  numbers.push(...billingRecords.nodes.map((record) => record.number));
  after = billingRecords.pageInfo.hasNextPage ? billingRecords.pageInfo.endCursor : null;
} while (after !== null);

console.log(`${numbers.length} records, from ${numbers[0]} to ${numbers.at(-1)}`);

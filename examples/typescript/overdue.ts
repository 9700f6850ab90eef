// What is overdue, the oldest first?
import { ask } from "./ask.ts";

type Overdue = {
  billingRecords: {
    totalCount: number;
    nodes: { number: string; dueDate: string; outstanding: string; currency: string; fromDivision: { name: string } }[];
  };
};

const { billingRecords } = await ask<Overdue>(`
  query Overdue {
    billingRecords(filter: { status: { eq: OVERDUE } }, first: 10) {
      totalCount
      nodes { number dueDate outstanding currency fromDivision { name } }
    }
  }
`);

console.log(`${billingRecords.totalCount} overdue`);
for (const record of billingRecords.nodes) {
  console.log(record.dueDate, record.number, record.outstanding, record.currency, record.fromDivision.name);
}

// Charge another division. What is wrong with the input stands in userErrors, beside the field it is about.
import { randomUUID } from "node:crypto";
import { ask } from "./ask.ts";

type Whom = { division: { id: string }; catalogItem: { id: string } };
type Charge = {
  createBillingRecord: {
    billingRecord: { number: string; total: string; currency: string; dueDate: string } | null;
    userErrors: { field: string[] | null; message: string; code: string }[];
  };
};

const CHARGE = `
  mutation Charge($input: CreateBillingRecordInput!) {
    createBillingRecord(input: $input) {
      billingRecord { number total currency dueDate }
      userErrors { field message code }
    }
  }
`;

const whom = await ask<Whom>(`{ division(code: "MARKETING") { id } catalogItem(sku: "SERVICE-DESK") { id } }`);
const input = {
  toDivisionId: whom.division.id,
  currency: "USD",
  periodStart: "2026-10-01",
  periodEnd: "2026-10-31",
  // Made once for this charge; a second attempt sends the same.
  idempotencyKey: randomUUID(),
};

// A quantity is a text, as amounts are, and has at most 10 places.
for (const quantity of ["0.12345678901", "12"]) {
  const lines = [{ catalogItemId: whom.catalogItem.id, quantity }];
  const { createBillingRecord } = await ask<Charge>(CHARGE, { input: { ...input, lines } });
  for (const error of createBillingRecord.userErrors) {
    console.log(`${error.field?.join(".")}: ${error.code}: ${error.message}`);
  }
  const record = createBillingRecord.billingRecord;
  if (record) console.log(`${record.number}: ${record.total} ${record.currency}, due ${record.dueDate}`);
}

#!/bin/sh
# Charge another division: charge.sh ID-OF-THE-DIVISION KEY
# The key is chosen by you, one for each charge. Where no answer came, run it again with the same key.
set -eu

curl --silent --show-error "$BILLING_URL" \
  --header "Authorization: Bearer $BILLING_TOKEN" \
  --header "Content-Type: application/json" \
  --retry 3 --retry-connrefused \
  --data @- <<JSON
{
  "query": "mutation Charge(\$input: CreateBillingRecordInput!) { createBillingRecord(input: \$input) { replayed billingRecord { number total currency dueDate } userErrors { field message code } } }",
  "variables": {
    "input": {
      "toDivisionId": "$1",
      "currency": "USD",
      "periodStart": "2026-10-01",
      "periodEnd": "2026-10-31",
      "lines": [{ "name": "Setting up a show room", "unit": "hour", "quantity": "2.5", "unitPrice": "96.00" }],
      "idempotencyKey": "$2"
    }
  }
}
JSON

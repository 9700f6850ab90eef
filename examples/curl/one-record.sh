#!/bin/sh
# One record with its lines: one-record.sh IT-2026-00042
set -eu

curl --silent --show-error "$BILLING_URL" \
  --header "Authorization: Bearer $BILLING_TOKEN" \
  --header "Content-Type: application/json" \
  --data @- <<JSON
{
  "query": "query One(\$number: String!) { billingRecord(number: \$number) { number status total outstanding currency lineItems { name quantity unit unitPrice amount } } }",
  "variables": { "number": "$1" }
}
JSON

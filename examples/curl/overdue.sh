#!/bin/sh
# What is overdue, the oldest first?
set -eu

curl --silent --show-error "$BILLING_URL" \
  --header "Authorization: Bearer $BILLING_TOKEN" \
  --header "Content-Type: application/json" \
  --data @- <<'JSON'
{
  "query": "{ billingRecords(filter: {status: {eq: OVERDUE}}, first: 10) { totalCount nodes { number dueDate outstanding currency fromDivision { name } } } }"
}
JSON

#!/bin/sh
# What does an item cost today? A query may also be sent by GET: price.sh LAPTOP-STANDARD USD
set -eu

curl --silent --show-error --get "$BILLING_URL" \
  --header "Authorization: Bearer $BILLING_TOKEN" \
  --data-urlencode 'query=query Price($sku: String!, $currency: String!) { catalogItem(sku: $sku) { name unit price(currency: $currency) { unitPrice validFrom } } }' \
  --data-urlencode "variables={\"sku\": \"$1\", \"currency\": \"$2\"}"

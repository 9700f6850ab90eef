"""Examples for the OpenAPI document; a test holds them to the schemas beside which they stand."""

from typing import Any

_IT = {"id": "01997a3c-5f0e-7b51-9d1c-2f6f0c2b7a10", "code": "IT", "name": "Information Technology"}
_MARKETING = {"id": "01997a3c-5f0f-7c02-8a44-6a3d1be0c9f1", "code": "MKT", "name": "Marketing"}
_RECORD_ID = "01997a41-0c2e-7d90-b6f3-95b0a1c4d2e7"
_PAYMENT_ID = "01997a52-7be1-7313-a0c7-0d6f3b9e8a42"
_ADA = {"id": "01997a3c-5f15-7ad0-8e21-7c1b2d3e4f50", "displayName": "Ada Okafor"}
_BEN = {"id": "01997a3c-5f16-7cc4-9b12-1f2e3d4c5b6a", "displayName": "Ben Sato"}

_RECORD: dict[str, Any] = {
    "id": _RECORD_ID,
    "number": "IT-2026-00042",
    "status": "pending",
    "fromDivision": _IT,
    "toDivision": _MARKETING,
    "currency": "USD",
    "total": "1996.00",
    "creditedAmount": "0.00",
    "confirmedAmount": "0.00",
    "pendingAmount": "0.00",
    "outstanding": "1996.00",
    "periodStart": "2026-01-01",
    "periodEnd": "2026-01-31",
    "issueDate": "2026-02-02",
    "dueDate": "2026-03-04",
    "fromNote": None,
    "fromGlCode": None,
    "toNote": None,
    "toGlCode": None,
    "voidedAt": None,
    "voidReason": None,
    "createdAt": "2026-02-02T09:14:07.118203Z",
    "createdBy": _ADA,
    "version": 1,
}
_LINE: dict[str, Any] = {
    "id": "01997a41-0c2f-7e11-8c05-3b1a2c4d5e6f",
    "position": 1,
    "catalogItem": {"id": "01997a3c-5f20-7f3a-9c55-5d6e7f809182", "sku": "LAPTOP"},
    "name": "Laptop",
    "description": None,
    "unit": "month",
    "quantity": "40",
    "unitPrice": "49.9",
    "priceOverrideReason": None,
    "amount": "1996.00",
}
_PAYMENT: dict[str, Any] = {
    "id": _PAYMENT_ID,
    "status": "pending",
    "fromDivision": _IT,
    "toDivision": _MARKETING,
    "currency": "USD",
    "amount": "1996.00",
    "method": "internal_transfer",
    "reference": "TR-2026-118",
    "paidOn": "2026-02-20",
    "note": None,
    "allocations": [{"billingRecord": {"id": _RECORD_ID, "number": "IT-2026-00042"}, "amount": "1996.00"}],
    "recordedAt": "2026-02-20T15:01:44.902151Z",
    "recordedBy": _BEN,
    "decidedAt": None,
    "decidedBy": None,
    "decisionReason": None,
    "version": 1,
}

REQUESTS: dict[str, Any] = {
    "CreateBillingRecord": {
        "toDivisionId": _MARKETING["id"],
        "currency": "USD",
        "periodStart": "2026-01-01",
        "periodEnd": "2026-01-31",
        "lines": [{"catalogItemId": _LINE["catalogItem"]["id"], "quantity": "40"}],
    },
    "RecordPayment": {
        "amount": "1996.00",
        "method": "internal_transfer",
        "reference": "TR-2026-118",
        "allocations": [{"billingRecordId": _RECORD_ID, "amount": "1996.00"}],
    },
    "ConfirmBillingRecordPayment": {},
}
"""A body for each route that takes one, by the name of its operation."""

ANSWERS: dict[str, Any] = {
    "BillingRecords": {
        "data": [_RECORD],
        "nextCursor": "WyJJU1NVRV9EQVRFIiwiMjAyNi0wMi0wMiIsIjAxOTk3YTQxLTBjMmUtN2Q5MC1iNmYzLTk1YjBhMWM0ZDJlNyJd",
    },
    "CreateBillingRecord": {"data": {**_RECORD, "lineItems": [_LINE]}},
    "Payments": {"data": [_PAYMENT], "nextCursor": None},
    "RecordPayment": {"data": _PAYMENT},
    "ConfirmBillingRecordPayment": {
        "data": {
            "billingRecord": {
                **_RECORD,
                "status": "paid",
                "confirmedAmount": "1996.00",
                "outstanding": "0.00",
                "version": 3,
            },
            "payments": [
                {
                    **_PAYMENT,
                    "status": "confirmed",
                    "decidedAt": "2026-02-21T08:30:00.551020Z",
                    "decidedBy": _ADA,
                    "version": 2,
                }
            ],
            "otherBillingRecords": [],
        }
    },
}
"""The answer of each route when all is well, by the name of its operation."""

REFUSALS: dict[int, tuple[str, str | None, str]] = {
    400: (
        "BAD_INPUT",
        "lines.0.quantity",
        'A Decimal is a text of digits such as "0.125", with a point, without exponent or spaces.',
    ),
    401: ("UNAUTHENTICATED", None, "Send a valid token: Authorization: Bearer <token>."),
    403: ("FORBIDDEN", None, "Your role does not allow this."),
    404: ("NOT_FOUND", "id", "No such billing record."),
    409: ("INVALID_STATE", "id", "No payment of this record is pending."),
    413: ("BODY_TOO_LARGE", None, "A body has at most 262,144 bytes."),
    415: ("UNSUPPORTED_MEDIA_TYPE", None, "Send the body as application/json."),
    422: ("OVERPAYMENT", "allocations.0.amount", "At most 996.00 can still be paid on IT-2026-00042."),
    429: ("RATE_LIMITED", None, "You asked for more than your share. Ask again in 3 s, or for less."),
    500: ("INTERNAL", None, "Something went wrong on our side. Give us the correlation id and we will find it."),
    503: (
        "SERVICE_UNAVAILABLE",
        None,
        "The service cannot answer just now. Try the same request again in a moment.",
    ),
}
"""Code, field and message of one error for each status."""

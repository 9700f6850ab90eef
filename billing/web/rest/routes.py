"""The table of routes."""

from billing.web.rest.change import Change
from billing.web.rest.listing import Listing
from billing.web.rest.parameters import Parameter

PREFIX = "/api/itsm"

Route = Listing | Change

_DAY = "2026-01-31"
_DIVISION = "01997a3c-5f0e-7b51-9d1c-2f6f0c2b7a10"

_IDS = Parameter("id", ("filter", "id", "in"), "By id; repeat it for several, 100 at most.", {"maxItems": 100})
_SIDES = (
    Parameter("division", ("filter", "divisionId", "eq"), example=_DIVISION),
    Parameter("fromDivision", ("filter", "fromDivisionId", "eq"), example=_DIVISION),
    Parameter("toDivision", ("filter", "toDivisionId", "eq"), example=_DIVISION),
)
_CURRENCY = Parameter(
    "currency", ("filter", "currency", "eq"), "By currency, ISO 4217.", {"pattern": "^[A-Z]{3}$"}, example="USD"
)
_PAGE = (
    Parameter(
        "limit",
        ("first",),
        "How many at most; 25 when left out.",
        {"minimum": 1, "maximum": 100, "default": 25},
        example=25,
    ),
    Parameter(
        "cursor",
        ("after",),
        "The `nextCursor` of the page before; send it with the same other parameters.",
        {"pattern": "^[A-Za-z0-9_-]{1,500}$"},
        example="WyJJU1NVRV9EQVRFIiwiMjAyNi0wMS0zMSIsIjAxOTk3YTNjLTVmMGUtN2I1MS05ZDFjLTJmNmYwYzJiN2ExMCJd",
    ),
)

ROUTES: tuple[Route, ...] = (
    Listing(
        path="/billing",
        operation="BillingRecords",
        summary="List billing records",
        parameters=(
            _IDS,
            Parameter(
                "status",
                ("filter", "status", "in"),
                "By status at this moment; repeat it for several: `status=pending&status=overdue`.",
                {"maxItems": 100},
            ),
            *_SIDES,
            Parameter("issuedFrom", ("filter", "issueDate", "gte"), example=_DAY),
            Parameter("issuedTo", ("filter", "issueDate", "lte"), example=_DAY),
            Parameter("dueFrom", ("filter", "dueDate", "gte"), example=_DAY),
            Parameter("dueTo", ("filter", "dueDate", "lte"), example=_DAY),
            Parameter("periodFrom", ("filter", "periodStart", "gte"), example=_DAY),
            Parameter("periodTo", ("filter", "periodEnd", "lte"), example=_DAY),
            Parameter(
                "number",
                ("filter", "number", "startsWith"),
                "By number: all that start with this.",
                {"pattern": "^[A-Z0-9-]{1,64}$"},
                example="IT-2026-",
            ),
            _CURRENCY,
            *_PAGE,
        ),
    ),
    Change(
        path="/billing",
        operation="CreateBillingRecord",
        summary="Create a billing record",
        success=201,
        statuses=(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503),
        result="billingRecord",
        location=f"{PREFIX}/billing",
    ),
    Listing(
        path="/billing/payments",
        operation="Payments",
        summary="List payments",
        parameters=(
            _IDS,
            Parameter(
                "status",
                ("filter", "status", "in"),
                "By status; repeat it for several: `status=pending&status=confirmed`.",
                {"maxItems": 100},
            ),
            *_SIDES,
            Parameter("paidFrom", ("filter", "paidOn", "gte"), example=_DAY),
            Parameter("paidTo", ("filter", "paidOn", "lte"), example=_DAY),
            _CURRENCY,
            *_PAGE,
        ),
    ),
    Change(
        path="/billing/payments",
        operation="RecordPayment",
        summary="Record a payment",
        success=201,
        statuses=(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503),
        result="payment",
        location=f"{PREFIX}/billing/payments",
    ),
    Change(
        path="/billing/{id}/confirm-payment",
        operation="ConfirmBillingRecordPayment",
        summary="Confirm the payments of a record",
        success=200,
        statuses=(400, 401, 403, 404, 409, 413, 415, 429, 500, 503),
        named_by_path="billingRecordId",
    ),
)

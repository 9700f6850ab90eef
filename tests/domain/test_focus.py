"""A FOCUS file becomes records that add up to its exact sum rounded once, or all its faults with line and column."""

import csv
import io
import random
import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from billing.domain.currencies import minor_unit, places
from billing.domain.focus import FAULTS_MAX, Charge, Fault, ParsedFile, read_charges
from billing.domain.focus_codes import catalog_sku, division_code, division_code_with_hash
from billing.domain.focus_plan import ImportPlan, plan_import
from billing.domain.money import places_of

REAL_FILE = Path(__file__).parents[2] / "billing/demo/focus_cloud_charges.csv"

SOUND = {
    "SubAccountName": "IT",
    "ServiceName": "Compute",
    "SkuId": "B1",
    "ServiceCategory": "Compute",
    "BilledCost": "1.00",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2024-09-01 00:00:00",
    "BillingPeriodEnd": "2024-10-01 00:00:00",
}


def focus_file(*rows: dict[str, str]) -> str:
    """A file with one row for each of the given differences from a sound one; the rows stand on lines 2, 3, …"""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, SOUND)
    writer.writeheader()
    writer.writerows(SOUND | row for row in rows)
    return text.getvalue()


def parse(text: str) -> ParsedFile:
    return read_charges(io.StringIO(text, newline=""))


def charges_of(*rows: dict[str, str]) -> list[Charge]:
    parsed = parse(focus_file(*rows))
    assert parsed.faults == []
    return parsed.charges


def only_charge(**values: str) -> Charge:
    [charge] = charges_of(values)
    return charge


def places_named(parsed: ParsedFile) -> list[tuple[int, str]]:
    return [(fault.line, fault.column) for fault in parsed.faults]


def only_fault(**values: str) -> Fault:
    parsed = parse(focus_file({}, values))
    assert len(parsed.charges) == 1
    [fault] = parsed.faults
    assert fault.line == 3
    return fault


@pytest.fixture(scope="module")
def real_lines() -> list[str]:
    with REAL_FILE.open(encoding="utf-8", newline="") as file:
        return list(file)


@pytest.fixture(scope="module")
def real_rows(real_lines: list[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(real_lines))


@pytest.fixture(scope="module")
def real_plan(real_lines: list[str]) -> ImportPlan:
    return plan_import(read_charges(real_lines).charges)


# The real file, recomputed with fractions


def apportioned(shares: dict[tuple[str, ...], Fraction], whole: int) -> dict[tuple[str, ...], int]:
    """Largest remainder once more, in its slow form: one unit after another to whoever misses most."""
    units = {key: share.__floor__() for key, share in shares.items()}
    while sum(units.values()) < whole:
        units[max(sorted(units), key=lambda key: shares[key] - units[key])] += 1
    return units


def test_the_real_file_is_read_whole(real_lines: list[str], real_rows: list[dict[str, str]]) -> None:
    parsed = read_charges(real_lines)

    assert (len(parsed.charges), parsed.faults, parsed.fault_count) == (600, [], 0)
    for number, (charge, row) in enumerate(zip(parsed.charges, real_rows, strict=True)):
        assert charge.line == number + 2
        assert (charge.division, charge.service) == (row["SubAccountName"], row["ServiceName"])
        assert (charge.sku_id, charge.category) == (row["SkuId"], row["ServiceCategory"])
        assert Fraction(charge.cost) == Fraction(row["BilledCost"])
        assert charge.period_start == date.fromisoformat(row["BillingPeriodStart"][:10])
    assert {charge.period_end for charge in parsed.charges} == {date(2024, 9, 30), date(2024, 10, 31)}


def test_the_real_file_makes_a_record_for_each_of_64_divisions(real_plan: ImportPlan) -> None:
    assert len(real_plan.records) == 64
    assert len({record.division for record in real_plan.records}) == 64
    assert sum(len(record.lines) for record in real_plan.records) == 348
    assert (real_plan.faults, real_plan.negatives) == ((), ())


def test_the_real_records_add_up_to_the_exact_sum_rounded_once(
    real_rows: list[dict[str, str]], real_plan: ImportPlan
) -> None:
    exact = sum(Fraction(row["BilledCost"]) for row in real_rows)

    assert sum(Fraction(record.total) for record in real_plan.records) == Fraction(round(exact * 100), 100)
    [total] = real_plan.totals
    assert (total.currency, str(total.rounded)) == ("USD", "15.74")
    assert Fraction(total.unrounded) == exact == Fraction("15.74376047009")


def test_the_real_records_and_lines_are_those_of_largest_remainder(
    real_rows: list[dict[str, str]], real_plan: ImportPlan
) -> None:
    records: dict[tuple[str, ...], Fraction] = defaultdict(Fraction)
    lines: dict[tuple[str, ...], dict[tuple[str, ...], Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for row in real_rows:
        record = (row["SubAccountName"], row["BillingPeriodStart"])
        records[record] += Fraction(row["BilledCost"]) * 100
        lines[record][row["ServiceName"], row["SkuId"]] += Fraction(row["BilledCost"]) * 100
    totals = apportioned(records, round(sum(records.values())))
    cents = {record: apportioned(lines[record], total) for record, total in totals.items()}

    planned = {(record.division, f"{record.period_start} 00:00:00"): record for record in real_plan.records}
    assert {key: record.total * 100 for key, record in planned.items()} == totals
    for key, planned_record in planned.items():
        assert {(line.service, line.sku_id): line.amount * 100 for line in planned_record.lines} == cents[key]
        assert [Fraction(line.unrounded) * 100 for line in planned_record.lines] == [
            lines[key][line.service, line.sku_id or ""] for line in planned_record.lines
        ]


def test_the_lines_of_a_real_record_add_up_and_keep_their_exact_sums(real_plan: ImportPlan) -> None:
    for record in real_plan.records:
        assert sum(line.amount for line in record.lines) == record.total
        assert sum(Fraction(line.unrounded) for line in record.lines) == Fraction(record.unrounded)
        assert record.total >= 0
        for line in record.lines:
            assert abs(Fraction(line.amount) - Fraction(line.unrounded)) < Fraction(1, 100)
            assert places_of(line.amount) == places_of(record.total) == 2


def test_real_lines_and_records_of_zero_stay(real_plan: ImportPlan) -> None:
    assert sum(1 for record in real_plan.records if record.unrounded == 0) == 3
    assert any(line.unrounded == 0 for record in real_plan.records for line in record.lines)
    assert any(line.amount < 0 for record in real_plan.records for line in record.lines)


def test_real_divisions_and_services_get_distinct_codes(real_plan: ImportPlan) -> None:
    items = {(line.service, line.sku_id, line.sku) for record in real_plan.records for line in record.lines}

    assert len({division_code(record.division) for record in real_plan.records}) == 64
    assert len({sku for _, _, sku in items}) == len(items) == 225
    assert division_code("Atlas Orion") == "ATLAS-ORION"
    assert ("COMPUTE", "B92307", "COMPUTE/B92307") in items


def test_the_order_of_the_rows_changes_nothing(real_lines: list[str], real_plan: ImportPlan) -> None:
    for rows in (real_lines[:0:-1], sorted(real_lines[1:])):
        assert plan_import(read_charges([real_lines[0], *rows]).charges) == real_plan


# Planning


costs = st.decimals(-100, 100, places=8) | st.decimals(0, 0, places=8)
charges = st.builds(
    Charge,
    line=st.integers(2, 1000),
    division=st.sampled_from(["IT", "HR", "Sales"]),
    service=st.sampled_from(["Compute", "Storage"]),
    sku_id=st.sampled_from(["B1", "B2", None]),
    category=st.sampled_from(["Compute", "Storage", None]),
    currency=st.sampled_from(["JPY", "USD", "KWD"]),
    cost=costs,
    period_start=st.just(date(2024, 9, 1)),
    period_end=st.sampled_from([date(2024, 9, 30), date(2024, 10, 31)]),
)


@given(st.lists(charges, max_size=40), st.randoms())
def test_any_plan_adds_up_and_is_the_same_in_any_order(given_charges: list[Charge], order: random.Random) -> None:
    plan = plan_import(given_charges, "skip")

    skipped = {line for negative in plan.negatives for line in negative.line_numbers}
    exact: dict[str, Fraction] = defaultdict(Fraction)
    for record in plan.records:
        exact[record.currency] += Fraction(record.unrounded)
        assert record.total >= 0
        assert sum(line.amount for line in record.lines) == record.total
        for line in record.lines:
            assert abs(Fraction(line.amount) - Fraction(line.unrounded)) < Fraction(minor_unit(record.currency))
            assert places_of(line.amount) == places(record.currency)
    assert {total.currency: Fraction(total.unrounded) for total in plan.totals} == exact
    for total in plan.totals:
        unit = Fraction(minor_unit(total.currency))
        assert Fraction(total.rounded) == round(exact[total.currency] / unit) * unit
    kept = sum(exact.values()) + sum(Fraction(negative.net) for negative in plan.negatives)
    assert kept == sum(Fraction(charge.cost) for charge in given_charges)
    assert skipped <= {charge.line for charge in given_charges}

    shuffled = given_charges[:]
    order.shuffle(shuffled)
    assert plan_import(shuffled, "skip") == plan


def test_each_currency_is_rounded_to_its_own_places() -> None:
    yen = {"BillingCurrency": "JPY"}
    dinar = {"BillingCurrency": "KWD"}
    plan = plan_import(
        charges_of(
            yen | {"BilledCost": "0.6"},
            yen | {"BilledCost": "0.7", "SubAccountName": "HR"},
            yen | {"BilledCost": "0.4", "SubAccountName": "Sales"},
            dinar | {"BilledCost": "0.0006"},
            dinar | {"BilledCost": "1.0005", "SubAccountName": "HR"},
        )
    )

    assert [(record.currency, record.division, str(record.total)) for record in plan.records] == [
        ("JPY", "HR", "1"),
        ("JPY", "IT", "1"),
        ("JPY", "Sales", "0"),
        ("KWD", "HR", "1.000"),
        ("KWD", "IT", "0.001"),
    ]
    assert [(total.currency, str(total.rounded)) for total in plan.totals] == [("JPY", "2"), ("KWD", "1.001")]


def test_lines_are_rounded_to_their_record_and_not_each_on_its_own() -> None:
    half_cents = [{"BilledCost": "0.005", "SkuId": sku} for sku in ("B1", "B2", "B3", "B4")]
    plan = plan_import(charges_of(*half_cents))

    [record] = plan.records
    assert (str(record.total), [str(line.amount) for line in record.lines]) == (
        "0.02",
        ["0.01", "0.01", "0.00", "0.00"],
    )


def test_the_sum_of_a_long_file_keeps_every_digit() -> None:
    large, small = {"BilledCost": "999999999999"}, {"BilledCost": "0.00000000000000000001"}

    for other in ({}, {"SkuId": "B2"}, {"SubAccountName": "HR"}):
        [total] = plan_import(charges_of(large, small | other)).totals
        assert str(total.unrounded) == "999999999999.00000000000000000001"
        assert str(total.rounded) == "999999999999.00"


def test_another_end_of_the_same_start_is_another_record() -> None:
    plan = plan_import(charges_of({}, {"BillingPeriodEnd": "2024-09-16"}))

    assert [(record.period_start.isoformat(), record.period_end.isoformat()) for record in plan.records] == [
        ("2024-09-01", "2024-09-15"),
        ("2024-09-01", "2024-09-30"),
    ]


def test_charges_without_sku_make_one_line_per_service() -> None:
    rows: list[dict[str, str]] = [
        {"SkuId": "NULL"},
        {"SkuId": ""},
        {"SkuId": "B1"},
        {"SkuId": "", "ServiceName": "Tax"},
    ]
    [record] = plan_import(charges_of(*rows)).records

    assert [(line.service, line.sku_id, line.sku, str(line.amount)) for line in record.lines] == [
        ("Compute", None, "Compute", "2.00"),
        ("Compute", "B1", "Compute/B1", "1.00"),
        ("Tax", None, "Tax", "1.00"),
    ]


def test_a_catalog_item_has_one_category() -> None:
    rows = [{"ServiceCategory": "Web"}, {"ServiceCategory": "Storage"}, {"ServiceCategory": "", "SubAccountName": "HR"}]
    others = [{"ServiceName": "Tax"}, {"ServiceCategory": "NULL", "ServiceName": "Support"}]
    plan = plan_import(charges_of(*rows, *others))

    categories = {(line.service, line.category) for record in plan.records for line in record.lines}
    assert categories == {("Compute", "Storage"), ("Tax", "Compute"), ("Support", "Other")}


NEGATIVE: list[dict[str, str]] = [
    {"BilledCost": "-2.50"},
    {"BilledCost": "1.25", "SkuId": "B2"},
    {"BilledCost": "7.004", "SubAccountName": "HR"},
    {"BilledCost": "0.004", "SubAccountName": "Sales"},
]


def test_a_division_that_nets_negative_fails_the_file_with_its_rows_named() -> None:
    plan = plan_import(charges_of(*NEGATIVE))

    assert (plan.records, plan.totals) == ((), ())
    [fault] = plan.faults
    assert (fault.line, fault.column, fault.value) == (2, "BilledCost", "-1.25")
    assert fault.message == "IT nets below zero in USD for 2024-09-01 to 2024-09-30, over the rows at 2, 3"


def test_a_negative_division_can_be_left_out_and_the_rest_is_rounded_without_it() -> None:
    plan = plan_import(charges_of(*NEGATIVE), "skip")

    [negative] = plan.negatives
    assert (negative.division, negative.currency, negative.period_start) == ("IT", "USD", date(2024, 9, 1))
    assert (negative.net, negative.line_numbers) == (Decimal("-1.25"), (2, 3))
    assert [(record.division, str(record.total)) for record in plan.records] == [("HR", "7.01"), ("Sales", "0.00")]
    assert (plan.totals[0].unrounded, str(plan.totals[0].rounded)) == (Decimal("7.008"), "7.01")
    assert plan.faults == ()


def test_one_hair_below_zero_is_negative_and_zero_is_not() -> None:
    hair = {"BilledCost": "-1.00000000000000000001"}

    assert len(plan_import(charges_of({}, hair)).faults) == 1
    assert [str(record.total) for record in plan_import(charges_of({}, {"BilledCost": "-1"})).records] == ["0.00"]


def test_a_file_of_negatives_only_leaves_nothing() -> None:
    plan = plan_import(charges_of({"BilledCost": "-1"}), "skip")

    assert (plan.records, plan.totals, len(plan.negatives)) == ((), (), 1)


def test_many_rows_of_a_negative_division_are_named_up_to_twenty() -> None:
    [fault] = plan_import(charges_of(*[{"BilledCost": "-1"}] * 25)).faults

    assert fault.message.endswith("19, 20, 21 and 5 more")


def test_sums_that_no_amount_can_hold_are_faults() -> None:
    greatest = {"BilledCost": "1000000000000"}
    lowest = {"BilledCost": "-1000000000000", "SkuId": "B2"}

    [record_fault] = plan_import(charges_of(greatest, {"SubAccountName": "HR"}, greatest)).faults
    assert (record_fault.line, record_fault.column, record_fault.value) == (2, "BilledCost", "2000000000000")
    assert len(plan_import(charges_of(greatest, {"SkuId": "B2"})).faults) == 1
    line_faults = plan_import(charges_of(lowest, greatest, lowest, greatest)).faults
    assert [(fault.line, fault.value) for fault in line_faults] == [(2, "-2000000000000"), (3, "2000000000000")]
    assert plan_import(charges_of(greatest, lowest)).faults == ()


# Reading


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        ("4.137e-07", "0.0000004137"),
        ("1E+2", "100"),
        ("-0.05", "-0.05"),
        (".5", "0.5"),
        ("5.", "5"),
        (" 7.10 ", "7.1"),
        ("-0", "0"),
        ("0e999", "0"),
        ("0.00000000000000000001", "0.00000000000000000001"),
        ("1.500000000000000000000000", "1.5"),
        ("-1000000000000", "-1000000000000"),
        ("1000000000000.0", "1000000000000"),
    ],
)
def test_costs_are_read_exactly(written: str, exact: str) -> None:
    assert only_charge(BilledCost=written).cost == Decimal(exact)


@pytest.mark.parametrize(
    "written",
    [
        "NaN",
        "nan",
        "Infinity",
        "-inf",
        "1,5",
        "1,000.00",
        "$1",
        "+1",
        "1e",
        "e5",
        "--1",
        "1_000",
        "0x10",
        "(1.00)",
        "1.00 USD",
        "١٢",
        "\uff11",
        "1e9999",
        ".",
        "-",
        "1 0",
        "1000000000000.00000000000000000001",
        "1e13",
        "-1e999",
        "1e-21",
        "0.000000000000000000001",
        "1e-999",
    ],
)
def test_costs_that_cannot_be_stored_exactly_are_faults(written: str) -> None:
    fault = only_fault(BilledCost=written)

    assert (fault.column, fault.value) == ("BilledCost", written)


@pytest.mark.parametrize(
    "end",
    [
        "2024-10-01",
        "2024-10-01 00:00:00",
        "2024-10-01T00:00:00",
        "2024-10-01T00:00Z",
        "2024-10-01T00:00:00Z",
        "2024-10-01T00:00:00.000000000Z",
        "2024-10-01 00:00:00.000 UTC",
        "2024-10-01 00:00:00+00",
        "2024-10-01T02:00:00+02:00",
        "2024-09-30T17:00:00-0700",
        "2024-10-01T07:00:00Z",
    ],
)
def test_the_last_day_is_the_one_before_the_exclusive_end_in_utc(end: str) -> None:
    assert only_charge(BillingPeriodEnd=end).period_end == date(2024, 9, 30)


def test_a_day_that_does_not_exist_is_named_as_such() -> None:
    assert only_fault(BillingPeriodEnd="2024-09-31").message == "is not a day and time that exists"


def test_a_start_with_an_offset_is_its_day_in_utc() -> None:
    assert only_charge(BillingPeriodStart="2024-08-31T22:00:00-05:00").period_start == date(2024, 9, 1)


@pytest.mark.parametrize(
    "written",
    [
        "2024-10-32",
        "2024-02-30 00:00:00",
        "01/10/2024",
        "2024-10",
        "20241001",
        "1727740800",
        "2024-10-01T25:00:00Z",
        "2024-10-01x00:00:00",
        "2024-10-01T00:00:00+99:00",
        "0001-01-01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2100-01-02",
        "1999-12-31",
        "\uff12\uff10\uff12\uff14-10-01",
        "2024-W40-2",
        "tomorrow",
    ],
)
def test_what_is_no_instant_is_a_fault(written: str) -> None:
    for column in ("BillingPeriodStart", "BillingPeriodEnd"):
        assert only_fault(**{column: written}).column == column


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2024-09-01", "2024-09-01"),
        ("2024-10-01", "2024-09-01"),
        ("2024-09-01 00:00:00", "2024-09-01 12:00:00"),
        ("2024-09-01 00:00:00", "2024-09-30 23:59:59"),
        ("2024-09-01", "2025-09-03"),
    ],
)
def test_a_period_of_no_days_or_too_many_is_a_fault(start: str, end: str) -> None:
    fault = only_fault(BillingPeriodStart=start, BillingPeriodEnd=end)

    assert (fault.column, fault.value) == ("BillingPeriodEnd", end)


def test_a_period_may_last_366_days_up_to_the_end_of_the_century() -> None:
    assert only_charge(BillingPeriodStart="2024-01-01", BillingPeriodEnd="2025-01-01").period_end == date(2024, 12, 31)
    assert only_charge(BillingPeriodStart="2099-12-01", BillingPeriodEnd="2100-01-01").period_end == date(2099, 12, 31)


def test_names_are_trimmed_and_composed() -> None:
    charge = only_charge(SubAccountName="  Zu\u0308rich\u00a0", ServiceName="\tCompute ", SkuId=" B1 ")

    assert (charge.division, charge.service, charge.sku_id) == ("Z\u00fcrich", "Compute", "B1")
    assert only_charge(SubAccountName="x" * 200).division == "x" * 200
    assert only_charge(SubAccountName="\u0645\u06cc\u200c\u062e").division == "\u0645\u06cc\u200c\u062e"


@pytest.mark.parametrize("column", ["SubAccountName", "ServiceName", "SkuId", "ServiceCategory"])
@pytest.mark.parametrize(
    "name",
    [
        "a\x1b[31mb",
        "a\nb",
        "a\r\nb",
        "a\tb",
        "a\u202eb",
        "\u2066a",
        "a\u200bb",
        "a\ufeffb",
        "a\udcffb",
        "a\x85b",
        "x" * 201,
    ],
)
def test_names_that_could_mislead_are_faults(column: str, name: str) -> None:
    fault = only_fault(**{column: name})

    assert fault.column == column
    assert fault.value.isprintable()
    assert len(fault.value) <= 80 + len("\\u0000")


@pytest.mark.parametrize(
    "column",
    ["SubAccountName", "ServiceName", "BilledCost", "BillingCurrency", "BillingPeriodStart", "BillingPeriodEnd"],
)
@pytest.mark.parametrize("missing", ["", "NULL", "  "])
def test_a_missing_value_is_a_fault(column: str, missing: str) -> None:
    fault = only_fault(**{column: missing})

    assert (fault.column, fault.value, fault.message) == (column, missing, "is missing")


@pytest.mark.parametrize("currency", ["usd", "XXX", "XAU", "US", "EURO", "€"])
def test_an_unknown_currency_is_a_fault(currency: str) -> None:
    assert only_fault(BillingCurrency=currency).column == "BillingCurrency"


def test_all_faults_of_a_file_come_in_one_run() -> None:
    parsed = parse(
        focus_file(
            {"BilledCost": "x", "BillingCurrency": "usd"},
            {},
            {"SubAccountName": "", "ServiceName": "NULL", "BillingPeriodStart": "soon", "BillingPeriodEnd": "later"},
        )
    )

    assert sorted(places_named(parsed)) == [
        (2, "BilledCost"),
        (2, "BillingCurrency"),
        (4, "BillingPeriodEnd"),
        (4, "BillingPeriodStart"),
        (4, "ServiceName"),
        (4, "SubAccountName"),
    ]
    assert [charge.line for charge in parsed.charges] == [3]


def test_the_list_of_faults_is_bounded_and_counted() -> None:
    parsed = parse(focus_file(*[{"BilledCost": "x", "SubAccountName": ""}] * FAULTS_MAX))

    assert (len(parsed.faults), parsed.fault_count) == (FAULTS_MAX, 2 * FAULTS_MAX)


def test_columns_stand_in_any_order_among_others() -> None:
    header = ["Tags", *(f" {column} " for column in reversed(SOUND)), "x_Custom", ""]
    row = ['{"a": "b, c"}', *reversed(SOUND.values()), "NULL", ""]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, row])

    assert parse(text.getvalue()).charges == charges_of({})


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoted", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_byte_order_mark_line_ends_and_quotes_make_no_difference(mark: str, line_end: str, quoted: int) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoted, lineterminator=line_end).writerows([SOUND.keys(), SOUND.values()])  # type: ignore[arg-type]

    assert parse(mark + text.getvalue()).charges == charges_of({})


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    tags = '"{\n""a"": 1\n}"'
    text = focus_file().replace("\r\n", ",Tags\r\n") + "".join(
        f"{','.join((SOUND | {'BilledCost': cost}).values())},{tags}\r\n" for cost in ("1", "x", "2", "y")
    )

    parsed = parse(text + "\r\n\n")

    assert places_named(parsed) == [(5, "BilledCost"), (11, "BilledCost")]
    assert [charge.line for charge in parsed.charges] == [2, 8]


def test_blank_lines_are_passed_over() -> None:
    header, row, end = focus_file({}).split("\r\n")
    parsed = parse("\n".join(["", header, "", row, "", row + "x", end]))

    assert [charge.line for charge in parsed.charges] == [4]
    assert places_named(parsed) == [(6, "BillingPeriodEnd")]


@pytest.mark.parametrize("column", [column for column in SOUND if column not in ("SkuId", "ServiceCategory")])
def test_a_missing_column_is_a_fault_of_the_header_and_the_others_are_still_checked(column: str) -> None:
    other = "BilledCost" if column != "BilledCost" else "BillingCurrency"
    parsed = parse(focus_file({}, {other: "x"}).replace(column, "Other"))

    assert places_named(parsed) == [(1, column), (3, other)]
    assert (parsed.charges, parsed.faults[0].message) == ([], "is missing")


@pytest.mark.parametrize("column", SOUND)
def test_a_column_named_almost_right_is_a_fault(column: str) -> None:
    parsed = parse(focus_file({}).replace(column, re.sub("(?<=.)([A-Z])", r"_\1", column).lower()))

    assert places_named(parsed) == [(1, column)]
    assert (parsed.charges, parsed.faults[0].message) == ([], f"must be written exactly {column}")


def test_a_file_may_have_no_sku_and_no_category() -> None:
    parsed = parse(focus_file({}).replace("SkuId", "x_1").replace("ServiceCategory", "x_2"))

    assert [(charge.sku_id, charge.category) for charge in parsed.charges] == [(None, None)]
    assert [line.sku for record in plan_import(parsed.charges).records for line in record.lines] == ["Compute"]


def test_a_column_that_occurs_twice_is_a_fault() -> None:
    assert places_named(parse(focus_file({}).replace("SkuId", "BilledCost"))) == [(1, "BilledCost")]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_file_with_another_separator_is_told_so(separator: str) -> None:
    parsed = parse(focus_file({}, {}).replace(",", separator))

    [fault] = parsed.faults
    assert (fault.line, fault.column) == (1, "(header)")
    assert "commas" in fault.message


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\n", "\r\n"])
def test_an_empty_file_is_a_fault(text: str) -> None:
    assert places_named(parse(text)) == [(1, "(header)")]


def test_a_file_of_a_header_only_has_nothing_to_import() -> None:
    parsed = parse(focus_file())

    assert (parsed.charges, parsed.faults) == ([], [])
    assert plan_import(parsed.charges) == ImportPlan((), (), (), ())


def test_ragged_rows_are_faults() -> None:
    header, row, _ = focus_file({}).split("\r\n")
    parsed = parse("\n".join([header, row + ",more", row, row.rpartition(",")[0], "x"]))

    assert places_named(parsed) == [(2, "(row)"), (4, "(row)"), (5, "(row)")]
    assert parsed.faults[0].message == "has 9 fields where the header has 8"
    assert [charge.line for charge in parsed.charges] == [3]


def test_a_quote_that_never_ends_is_a_fault_of_the_line_where_it_begins() -> None:
    header, row, _ = focus_file({}).split("\r\n")
    parsed = parse("\n".join([header, row, '"' + row, row, row]))

    assert places_named(parsed) == [(3, "(row)")]
    assert [charge.line for charge in parsed.charges] == [2]


def test_after_a_misplaced_quote_the_next_rows_are_still_read() -> None:
    header, row, _ = focus_file({}).split("\r\n")
    parsed = parse("\n".join([header, '"IT"x' + row, row, row.replace("1.00", "x")]))

    assert places_named(parsed) == [(2, "(row)"), (4, "BilledCost")]
    assert [charge.line for charge in parsed.charges] == [3]


def test_a_malformed_header_is_a_fault() -> None:
    assert places_named(parse('"a"b,c\n' + focus_file({}))) == [(1, "(row)")]


def test_a_field_beyond_all_measure_is_a_fault() -> None:
    header, row, _ = focus_file({}).split("\r\n")
    parsed = parse("\n".join([header, row.replace("IT", "x" * 200_000), row]))

    assert places_named(parsed) == [(2, "(row)")]
    assert [charge.line for charge in parsed.charges] == [3]


def test_a_nul_byte_is_a_fault_of_its_column() -> None:
    assert only_fault(ServiceName="a\0b").column == "ServiceName"
    text = focus_file({}).replace("\r\n", ",Tags\r\n", 1).replace("00:00:00\r\n", "00:00:00,\0\r\n")
    assert places_named(parse(text)) == [(2, "Tags")]


def test_a_file_in_another_encoding_is_a_fault() -> None:
    utf_16 = focus_file({}).encode("utf-16").decode("utf-8", "surrogateescape")
    latin_1 = focus_file({"SubAccountName": "Z\u00fcrich"}).encode("latin-1")

    assert places_named(parse(utf_16)) == [(1, "(header)")]
    assert places_named(parse(latin_1.decode("utf-8", "surrogateescape"))) == [(2, "SubAccountName")]
    strict = read_charges(io.TextIOWrapper(io.BytesIO(latin_1), encoding="utf-8", newline=""))
    assert places_named(strict) == [(1, "(row)")]


@given(st.text(alphabet=st.sampled_from('a,"\n\r;\0\ufeff1\udcff'), max_size=60))
@example(",\na,\0")
def test_no_text_makes_reading_fail(text: str) -> None:
    for start in ("", focus_file(), focus_file({})):
        parsed = parse(start + text)
        assert all(fault.line >= 1 and fault.column for fault in parsed.faults)


# Codes


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Atlas Orion", "ATLAS-ORION"),
        ("crowddev", "CROWDDEV"),
        ("  R&D / Labs ", "R-D-LABS"),
        ("Zürich", "ZURICH"),
        ("Zu\u0308rich", "ZURICH"),
        ("Straße", "STRASSE"),
        ("Łódź Ærø", "LODZ-AERO"),
        ("3rd line", "DIV-3RD-LINE"),
        ("A" * 24, "A" * 24),
        ("A" * 25, "AAAAAAAAAAAAAAA-6724431F"),
        ("東京", "DIV-130016B2"),
        ("東京 Tokyo", "TOKYO-A4F57C86"),
        ("😀", "DIV-F0443A34"),
    ],
)
def test_division_codes_stay_the_same_for_ever(name: str, code: str) -> None:
    assert division_code(name) == code


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=200))
def test_any_name_has_a_well_formed_code(name: str) -> None:
    for code in (division_code(name), division_code_with_hash(name)):
        assert re.fullmatch(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*", code)
        assert len(code) <= 24


def test_names_that_share_a_code_differ_with_hash() -> None:
    names = ["R&D", "R D", "r-d"]

    assert {division_code(name) for name in names} == {"R-D"}
    assert len({division_code_with_hash(name) for name in names}) == 3
    assert division_code_with_hash("R&D") == division_code_with_hash(" R&D ")
    assert division_code("A" * 25) != division_code("A" * 26)


@pytest.mark.parametrize(
    ("service", "sku_id", "sku"),
    [
        ("Amazon CloudFront", "VU34", "Amazon-CloudFront/VU34"),
        ("COMPUTE", None, "COMPUTE"),
        ("COMPUTE", "", "COMPUTE"),
        ("Amazon EC2 Container Registry (ECR)", "A/B-1", "Amazon-EC2-Container-Registry-(ECR)/A/B-1"),
        ("A" * 60, "123", "A" * 60 + "/123"),
        ("Café", "B1", "Cafe/B1~ea8cf5e32e53225f"),
    ],
)
def test_skus_stay_the_same_for_ever(service: str, sku_id: str | None, sku: str) -> None:
    assert catalog_sku(service, sku_id) == sku


names = st.text(alphabet=st.sampled_from("a -/~é"), min_size=1, max_size=4) | st.text(min_size=60, max_size=70)


@given(st.lists(st.tuples(names, st.none() | names), unique=True, max_size=50))
@example([("a b", "c"), ("a-b", "c"), ("a/b", "c"), ("a", "b/c"), ("a b/c", None), ("a-b/c", None), ("a", "b c")])
@example([("é", None), (catalog_sku("é", None), None), ("a", "é"), ("a", catalog_sku("a", "é").removeprefix("a/"))])
@example([("a" * 60, "1234"), ("a" * 60, "1235")])
def test_different_services_have_different_skus(pairs: list[tuple[str, str | None]]) -> None:
    skus = [catalog_sku(service, sku_id) for service, sku_id in pairs]

    assert len(set(skus)) == len(pairs)
    assert all(re.fullmatch("[!-~]{1,64}", sku) for sku in skus)

"""The ledger of a made-up past: every issue, void and confirmation posted on the local day of its fact."""

from importlib import resources

from billing.demo.bulk_load import Connection

_TABLES = """
CREATE TEMPORARY TABLE IF NOT EXISTS past_records (id uuid PRIMARY KEY) ON COMMIT DROP;
CREATE TEMPORARY TABLE IF NOT EXISTS past_payments (id uuid PRIMARY KEY) ON COMMIT DROP;
"""

# Whatever was written past the services and has no posting yet.
_ALL_UNPOSTED = """
INSERT INTO past_records SELECT id FROM billing_records AS r WHERE NOT EXISTS
    (SELECT FROM ledger_transactions AS t WHERE t.billing_record_id = r.id AND t.kind = 'ISSUE');
INSERT INTO past_payments SELECT id FROM payment_records AS p WHERE NOT EXISTS
    (SELECT FROM ledger_transactions AS t WHERE t.payment_id = p.id AND t.kind = 'CONFIRMATION');
"""


async def post_all(connection: Connection, zone: str) -> None:
    """Posts all that has no posting yet, within a transaction of the caller's."""
    await post(connection, zone, _ALL_UNPOSTED)


async def post(connection: Connection, zone: str, which: str) -> None:
    """Posts the records and payments that the script `which` puts into past_records and past_payments."""
    await connection.execute(_TABLES)
    await connection.execute(which)
    await connection.execute("ANALYZE past_records, past_payments")
    await connection.execute("SELECT set_config('billing.zone', $1, true)", zone)
    await connection.execute((resources.files("billing.demo") / "post_past.sql").read_text(encoding="utf-8"))
    await connection.execute("TRUNCATE past_records, past_payments")

"""The places of a currency as a function that is called, not written into each constraint that asks for them.

Revision ID: 0008

PostgreSQL puts the body of an SQL function into the expression that calls it, anew for each statement that writes: the
list of all currencies, once for each amount of a row, is a third of what it does to write a payment.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The same body; it names nothing but built-in operators, since a dump is restored without a search path."""
    op.execute("""
        DO $$ BEGIN
            EXECUTE format(
                'CREATE OR REPLACE FUNCTION currency_places(currency text) RETURNS integer
                 LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS %L',
                'BEGIN ' || pg_get_function_sqlbody('currency_places(text)'::regprocedure) || '; END');
        END $$
    """)


def downgrade() -> None:
    raise RuntimeError("Since revision 0003 migrations go forward only: restore a backup instead.")

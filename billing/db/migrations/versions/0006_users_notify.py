"""Whoever listens to `users_changed` is told of every change of users, with the commit that makes it.

Revision ID: 0006
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Revision 0006 stands above the ledger, which is never taken away: restore a backup instead.")


_STATEMENTS = (
    # Without a payload, so that the many changes of one transaction are told once.
    """
    CREATE FUNCTION users_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NOTIFY users_changed;
        RETURN NULL;
    END $$
    """,
    "REVOKE ALL ON FUNCTION users_changed() FROM PUBLIC",
    """
    CREATE TRIGGER users_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON users
    FOR EACH STATEMENT EXECUTE FUNCTION users_changed()
    """,
)

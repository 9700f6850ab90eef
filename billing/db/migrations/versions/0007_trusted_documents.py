"""The trusted documents: the GraphQL documents that are listed, found by their hash.

Revision ID: 0007
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Since revision 0003 migrations go forward only: restore a backup instead.")


_STATEMENTS = (
    """
    CREATE TABLE trusted_documents (
        id uuid PRIMARY KEY,
        hash text NOT NULL UNIQUE CHECK (hash ~ '^[0-9a-f]{64}$'),
        name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
        text text NOT NULL CHECK (length(text) BETWEEN 1 AND 1000000),
        trusted_at timestamptz NOT NULL
    )
    """,
    "GRANT SELECT, INSERT, DELETE ON trusted_documents TO billing_service",
    "GRANT SELECT ON trusted_documents TO billing_reader",
    "GRANT SELECT ON trusted_documents TO billing_backup",
)

"""CSV imports: their kinds, which have no provider, and under which external ids records came in.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE imports DROP CONSTRAINT imports_kind_check")
    op.execute("""
        ALTER TABLE imports ADD CONSTRAINT imports_kind_check
            CHECK (kind IN ('FOCUS', 'DIVISIONS', 'CATALOG', 'PRICES', 'RECORDS'))
    """)
    op.execute("ALTER TABLE imports ALTER COLUMN provider_division_id DROP NOT NULL")
    op.execute("""
        ALTER TABLE imports ADD CONSTRAINT focus_has_provider
            CHECK (kind <> 'FOCUS' OR provider_division_id IS NOT NULL)
    """)
    op.execute("""
        CREATE TABLE imported_records (
            from_division_id uuid NOT NULL REFERENCES divisions,
            external_id text COLLATE "C" NOT NULL CHECK (length(external_id) BETWEEN 1 AND 64),
            billing_record_id uuid NOT NULL UNIQUE REFERENCES billing_records ON DELETE CASCADE,
            content_hash bytea NOT NULL CHECK (length(content_hash) = 32),
            PRIMARY KEY (from_division_id, external_id)
        )
    """)


def downgrade() -> None:
    """Forgets the external ids, and from which CSV files records came."""
    op.execute("DROP TABLE imported_records")
    op.execute("""
        UPDATE billing_records SET import_id = NULL
            WHERE import_id IN (SELECT id FROM imports WHERE kind <> 'FOCUS')
    """)
    op.execute("DELETE FROM imports WHERE kind <> 'FOCUS'")
    op.execute("ALTER TABLE imports DROP CONSTRAINT focus_has_provider")
    op.execute("ALTER TABLE imports ALTER COLUMN provider_division_id SET NOT NULL")
    op.execute("ALTER TABLE imports DROP CONSTRAINT imports_kind_check")
    op.execute("ALTER TABLE imports ADD CONSTRAINT imports_kind_check CHECK (kind IN ('FOCUS'))")

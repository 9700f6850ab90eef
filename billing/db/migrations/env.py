"""Alembic's environment: the connection comes from `billing.db.migrate`."""

from alembic import context

from billing.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
)

with context.begin_transaction():
    context.run_migrations()

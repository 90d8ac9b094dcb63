"""How Alembic runs the migrations: on the connection `pixelmill.audit.migrate` hands over, one process at a time."""

import sqlalchemy as sa
from alembic import context

from pixelmill.audit.migrate import LOCK
from pixelmill.audit.table import METADATA, VERSION_TABLE

connection: sa.Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, version_table=VERSION_TABLE)
with context.begin_transaction():
    # Before Alembic reads which version there is: whoever waited here then finds the work done.
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    context.run_migrations()

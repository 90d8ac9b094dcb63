"""Databases with the trail's schema."""

from pixelmill.audit.migrate import migrate
from pixelmill.settings import AuditSettings
from tests.support.servers import PostgresServer


def fresh_trail(server: PostgresServer) -> AuditSettings:
    """The settings of a new, empty trail, with batches small enough that many are written."""
    url = server.create_database()
    migrate(url)
    return AuditSettings(database_url=url, batch_seconds=0.05, batch_rows=50)

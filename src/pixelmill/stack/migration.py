"""Brings the trail's schema up to date, in a process that ends: `pixelmill up` itself stays small."""

import sys

from pixelmill.audit.migrate import migrate
from pixelmill.domain.errors import TrailUnavailable
from pixelmill.settings import Settings
from pixelmill.telemetry.logs import configure_logs


def main() -> None:
    """Migrate the database that the environment names."""
    settings = Settings.from_environment()
    configure_logs(role="migrate", level=settings.log.level, log_format=settings.log.format)
    try:
        migrate(settings.audit.database_url)
    except TrailUnavailable as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

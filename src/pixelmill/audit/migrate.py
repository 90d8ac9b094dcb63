"""Brings the trail's schema up to date."""


def migrate(database_url: str) -> None:
    """Bring the schema to the newest version; does nothing where it is.

    Any number of processes may call this at once: they take turns by an advisory lock.

    Args:
        database_url: `postgresql://...`, as in `AuditSettings.database_url`.

    Raises:
        TrailUnavailable: Postgres cannot be reached, or another process migrates for longer than a minute.
    """
    raise NotImplementedError

"""What is to be checked: the servers the settings name, else those of a running `pixelmill up`."""

from dataclasses import dataclass
from pathlib import Path

from pixelmill.settings import Settings, StoreSettings
from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.servers import postgres, valkey


@dataclass(frozen=True)
class Subject:
    """Where to look. A server without a URL is one that `pixelmill up` starts; it does not run now."""

    redis_url: str | None
    database_url: str | None
    store: StoreSettings | None
    disk: Path

    @property
    def needs_wheels(self) -> bool:
        """Whether a server comes from a wheel."""
        return self.redis_url is None or self.database_url is None


def find_subject(settings: Settings, data_dir: Path) -> Subject:
    """Work out what `pixelmill up` and the roles would use.

    Args:
        settings: Those of the environment.
        data_dir: The data directory of `pixelmill up`; need not exist.
    """
    root = data_dir.absolute()
    sockets = root / "run" / "sockets"
    stack = DataDir(root, sockets if sockets.exists() else root / "run")
    runs = (stack.sockets / valkey.SOCKET_NAME).is_socket() and stack.password_file.exists()
    redis_url = valkey.url(stack.sockets) if runs else None
    database_url = postgres.url(stack.sockets, stack.password()) if runs else None
    store = StoreSettings(url=stack.store.as_uri()) if stack.store.is_dir() else None
    return Subject(
        redis_url=settings.queue.redis_url if "redis_url" in settings.queue.model_fields_set else redis_url,
        database_url=settings.audit.database_url if "database_url" in settings.audit.model_fields_set else database_url,
        store=settings.store if "url" in settings.store.model_fields_set else store,
        disk=next(folder for folder in (root, *root.parents) if folder.is_dir()),
    )

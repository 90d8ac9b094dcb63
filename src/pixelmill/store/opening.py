"""Which place a URL names."""

from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from obstore.exceptions import BaseError

from pixelmill.settings import SettingsError, StoreSettings, environment_name
from pixelmill.store.bucket import Bucket
from pixelmill.store.place import Place
from pixelmill.store.shared_folder import SharedFolder

BUCKET_SCHEMES: Final = frozenset({"s3", "gs", "az"})

_NAME: Final = environment_name(StoreSettings, "url")


def folder_of(settings: StoreSettings) -> Path | None:
    """The folder that is the store; None if it is a bucket.

    Raises:
        SettingsError: The URL names neither.
    """
    url = urlsplit(settings.url)
    if url.scheme in BUCKET_SCHEMES:
        return None
    path = Path(unquote(url.path))
    if url.scheme != "file" or url.netloc not in {"", "localhost"} or not path.is_absolute():
        raise _refused(settings, "file:///absolute/folder, s3://bucket/prefix, gs://bucket/prefix or az://container")
    return path


def open_place(settings: StoreSettings) -> Place:
    """Open the place a URL names. A folder is made when it is missing; a bucket is not even looked at.

    Raises:
        SettingsError: The URL cannot be used, or what the environment says of its bucket.
        OSError: The folder cannot be made or written.
    """
    folder = folder_of(settings)
    if folder is not None:
        return SharedFolder(folder)
    if _has_more_than_a_place(urlsplit(settings.url)):
        # Not shown: it may have a password.
        raise SettingsError(f"{_NAME}: expected a bucket and a prefix alone, no user, password, port or query")
    try:
        return Bucket(settings.url, settings.timeout_seconds)
    except (BaseError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise _refused(settings, f"a bucket that can be opened ({reason})") from error


def _has_more_than_a_place(url: SplitResult) -> bool:
    return bool("@" in url.netloc or ":" in url.netloc or url.query or url.fragment)


def _refused(settings: StoreSettings, expected: str) -> SettingsError:
    return SettingsError(f"{_NAME}: expected {expected}, received {settings.url!r}")

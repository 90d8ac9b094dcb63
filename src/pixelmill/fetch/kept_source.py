"""A source that was fetched and kept, and what its origin said about keeping it."""

import hashlib
from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict

from pixelmill.domain.source import ImageFormat, Sha256

_ID_DIGITS: Final = 32


class KeptSource(BaseModel):
    """A source in the cache.

    Attributes:
        key: Where the store has its bytes.
        download: Names the download that brought them: who waited for that one may use them, however short they last.
        url: Who answered, after all redirects.
        headers: What it answered, or said later when it was asked again; names in lower case.
        checked_at: When it said so, in Unix time.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    download: str
    url: str
    headers: Mapping[str, str]
    checked_at: float
    size_bytes: int
    sha256: Sha256
    format: ImageFormat


def source_id_of(url: str) -> str:
    """The name of a source in Redis and in the store: 32 hex digits."""
    return hashlib.sha256(url.encode()).hexdigest()[:_ID_DIGITS]

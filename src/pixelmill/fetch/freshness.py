"""Whether a kept source may be used again: RFC 9111, as hishel reads it, for a cache that serves many.

The header `Date` of what is kept is the moment its age counts from: whatever the origin's clock says, and however long
it has lain in a cache on the way.
"""

import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from hishel import (
    CacheMiss,
    CacheOptions,
    Entry,
    FromCache,
    Headers,
    IdleClient,
    NeedRevalidation,
    NeedToBeUpdated,
    Request,
    Response,
    StoreAndUse,
)

from pixelmill.fetch.kept_source import KeptSource

_OPTIONS: Final[CacheOptions] = {"shared": True, "supported_methods": ["GET"], "allow_stale": False}
_OK: Final = 200
_NOT_MODIFIED: Final = 304
_VALIDATORS: Final = frozenset({"etag", "last-modified"})
_CONDITIONS: Final = frozenset({"if-none-match", "if-modified-since"})
_TOLD: Final = _VALIDATORS | {"age", "cache-control", "date", "expires", "pragma", "vary"}
"""What RFC 9111 goes by; nothing else of an answer is kept."""


def dated(headers: Mapping[str, str]) -> dict[str, str]:
    """What an answer that has just come says about keeping it, in lower case, with a `Date` that can be relied on."""
    lower = {name.lower(): value for name, value in headers.items() if name.lower() in _TOLD}
    now = time.time()
    age = int(lower["age"]) if lower.get("age", "").isdecimal() else 0
    generated_at = min(now - age, _seconds_of(lower.get("date", ""), default=now))
    return lower | {"date": format_datetime(datetime.fromtimestamp(max(0.0, generated_at), UTC), usegmt=True)}


def _seconds_of(date: str, default: float) -> float:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return default


def may_be_kept(url: str, headers: Mapping[str, str]) -> bool:
    """Whether the origin lets a shared cache keep its answer."""
    request = Request("GET", url)
    state = CacheMiss(options=_OPTIONS, request=request).next(Response(_OK, Headers(dict(headers))))
    return isinstance(state, StoreAndUse)


def may_be_used_again(kept: KeptSource) -> bool:
    """Whether keeping it is of use at all: it is fresh for a while, or its origin can be asked whether it changed."""
    return bool(kept.headers.keys() & _VALIDATORS) or is_fresh(kept)


def is_fresh(kept: KeptSource) -> bool:
    """Whether it may be used without asking."""
    return isinstance(_state(kept), FromCache)


def conditions(kept: KeptSource) -> dict[str, str]:
    """The headers that ask the origin whether it has changed; none if there is no way to ask."""
    state = _state(kept, asks=True)
    if not isinstance(state, NeedRevalidation):
        return {}
    return {name: value for name, value in state.request.headers.items() if name.lower() in _CONDITIONS}


def freshened(kept: KeptSource, headers: Mapping[str, str]) -> KeptSource | None:
    """What is kept after the origin said that it has not changed; None if it speaks of something else."""
    state = _state(kept, asks=True)
    if not isinstance(state, NeedRevalidation):
        return None
    following = state.next(Response(_NOT_MODIFIED, Headers(dict(headers))))
    if not isinstance(following, NeedToBeUpdated):
        return None
    (entry,) = following.updating_entries
    said = {name.lower(): value for name, value in entry.response.headers.items()}
    return kept.model_copy(update={"headers": said, "checked_at": time.time()})


def _state(kept: KeptSource, *, asks: bool = False) -> CacheMiss | FromCache | NeedRevalidation:
    request = Request("GET", kept.url)
    entry = Entry(uuid.UUID(int=0), request, Response(_OK, Headers(dict(kept.headers))))
    demand = Headers({"cache-control": "no-cache"}) if asks else Headers({})
    return IdleClient(options=_OPTIONS).next(Request("GET", kept.url, demand), [entry])

"""What schemathesis leaves out. It loads this file itself, in a process of its own."""

from collections.abc import Mapping
from typing import Any, Final

import schemathesis

MAX_QUERY_CHARACTERS: Final = 5_000
"""Percent-encoded, a character takes up to twelve: a longer URL is refused by the HTTP server, before the api."""


@schemathesis.hook
def filter_query(_context: schemathesis.HookContext, query: Mapping[str, Any] | None) -> bool:
    """Whether a query is tried."""
    return len(str(query)) <= MAX_QUERY_CHARACTERS

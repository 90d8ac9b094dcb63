"""The HTTP header `Retry-After`, as origins, receivers of webhooks and our own service send it."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import ceil
from typing import Final

_SECONDS: Final = re.compile(r"[0-9]{1,9}")


def pause_seconds(header: str | None) -> int | None:
    """The pause that a header means (RFC 9110, section 10.2.3): a number of seconds, or a time.

    Args:
        header: Its value, if it was sent.

    Returns:
        Seconds from now, 0 for a time that is over; None if the header means nothing.
    """
    if not header or _SECONDS.fullmatch(header):
        return int(header) if header else None
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0, ceil((moment - datetime.now(UTC)).total_seconds()))

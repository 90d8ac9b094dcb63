"""What can go wrong on the way to an origin, in the words of the catalogue.

Passing failures are tried again, lasting ones are not: a name that does not resolve, a connection that breaks, a busy
origin may be fine a second later; a 404, a 403 or a forbidden address will not.
"""

import re
from http.client import responses
from typing import Final

import aiohttp

from pixelmill.domain.errors import (
    PixelmillError,
    SourceForbidden,
    SourceNotFound,
    SourceRefused,
    SourceTimeout,
    SourceUnreachable,
)
from pixelmill.fetch.dialer import ForbiddenAddressError

OK: Final = 200
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MISSING: Final = frozenset({404, 410})
_PASSING: Final = frozenset({408, 425, 429})
_FIRST_SERVER_ERROR: Final = 500
_SECONDS: Final = re.compile(r"[0-9]{1,9}")


def of_status(status: int, retry_after: str | None = None) -> PixelmillError:
    """The failure that an answer other than 200 and the redirects means.

    Args:
        status: Of the answer.
        retry_after: The header of that name, if any; honored when it is a number of seconds.
    """
    words = f"The origin answered with {' '.join((str(status), responses.get(status, ''))).strip()}."
    if status in _MISSING:
        return SourceNotFound(words)
    if status in _PASSING or status >= _FIRST_SERVER_ERROR:
        pause = retry_after or ""
        return SourceUnreachable(words, retry_after_seconds=int(pause) if _SECONDS.fullmatch(pause) else None)
    return SourceRefused(words)


def of_exception(error: aiohttp.ClientError | TimeoutError) -> PixelmillError:
    """The failure that an exception of aiohttp means."""
    if isinstance(error, TimeoutError):
        return _of_timeout(error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return _of_connection(error)
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientConnectionError):
        return SourceUnreachable("The connection to the origin broke off before the source was complete.")
    return SourceUnreachable("The origin sent an answer that is not valid HTTP.")


def _of_timeout(error: TimeoutError) -> SourceTimeout:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return SourceTimeout("Connecting to the origin took too long.")
    if isinstance(error, aiohttp.SocketTimeoutError):
        return SourceTimeout("The origin stayed silent for too long.")
    return SourceTimeout("Downloading the source took too long.")


def _of_connection(error: aiohttp.ClientConnectorError) -> PixelmillError:
    if isinstance(error.os_error, ForbiddenAddressError):
        return SourceForbidden(error.os_error.reason.detail)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return SourceUnreachable("The host name of the source cannot be resolved.")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return SourceUnreachable("The certificate of the origin is not valid.")
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return SourceUnreachable("No secure connection to the origin can be made.")
    return SourceUnreachable("The origin does not accept a connection.")

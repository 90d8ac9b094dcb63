"""What can go wrong on the way to an origin, in the words of the catalogue.

Passing failures are tried again, lasting ones are not: a name server that does not answer, a connection that breaks, a
busy origin may be fine a second later; a 404, a 403, a name that does not exist, a forbidden address will not.
"""

from http.client import responses
from typing import Final

import aiodns.error
import aiohttp

from pixelmill.domain.errors import (
    PixelmillError,
    SourceCertificateInvalid,
    SourceForbidden,
    SourceHostUnknown,
    SourceNotFound,
    SourceRefused,
    SourceTimeout,
    SourceUnreachable,
)
from pixelmill.domain.retry_after import pause_seconds
from pixelmill.fetch.dialer import ForbiddenAddressError

OK: Final = 200
NOT_MODIFIED: Final = 304
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MISSING: Final = frozenset({404, 410})
_PASSING: Final = frozenset({408, 425, 429})
_FIRST_SERVER_ERROR: Final = 500
_FORBIDDEN: Final = 403
_NO_SUCH_NAME: Final = frozenset({aiodns.error.ARES_ENOTFOUND, aiodns.error.ARES_ENODATA})
"""A name server has said so. Every other failure of a lookup is that of a server."""


def of_status(status: int, retry_after: str | None = None) -> PixelmillError:
    """The failure that an answer other than 200 and the redirects means.

    Args:
        status: Of the answer.
        retry_after: The header of that name, if any: a number of seconds or a time.
    """
    words = f"The origin answered with {' '.join((str(status), responses.get(status, ''))).strip()}."
    if status in _MISSING:
        return SourceNotFound(words)
    if status in _PASSING or status >= _FIRST_SERVER_ERROR:
        return SourceUnreachable(words, retry_after_seconds=pause_seconds(retry_after))
    return SourceRefused(words)


def of_exception(error: aiohttp.ClientError | TimeoutError) -> PixelmillError:
    """The failure that an exception of aiohttp means."""
    if isinstance(error, TimeoutError):
        return _of_timeout(error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return _of_connection(error)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return _of_proxy(error)
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
        return _of_lookup(error.os_error.__cause__)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return SourceCertificateInvalid("The certificate of the origin is not valid for the host of the source.")
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return SourceUnreachable("The proxy of the service does not accept a connection.")
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return SourceUnreachable("No secure connection to the origin can be made.")
    return SourceUnreachable("The origin does not accept a connection.")


def _of_lookup(error: BaseException | None) -> PixelmillError:
    if isinstance(error, aiodns.error.DNSError) and error.args[0] in _NO_SUCH_NAME:
        return SourceHostUnknown("There is no host of the name in the URL of the source.")
    return SourceUnreachable("The host name of the source cannot be resolved at the moment.")


def _of_proxy(error: aiohttp.ClientHttpProxyError) -> PixelmillError:
    if error.status == _FORBIDDEN:
        return SourceForbidden("The proxy of the service does not connect to the host of the source.")
    return SourceUnreachable("The proxy of the service could not connect to the host of the source.")

"""The connections of a fetch: every address is judged in the moment its socket is made.

aiohttp asks the hook below for a socket for each address it is about to connect to, whether it came from DNS or stood
in the URL as a number. So a name cannot resolve to one address for the check and to another for the connection.
"""

import socket
from typing import Final

from aiohttp import AddrInfoType, TCPConnector

from pixelmill.domain.errors import SourceForbidden
from pixelmill.fetch.address_policy import AddressPolicy
from pixelmill.settings import FetchSettings

KEEPALIVE_SECONDS: Final = 5.0


class ForbiddenAddressError(PermissionError):
    """The policy refuses an address; aiohttp treats it like any other failure to connect, and tries the next one."""

    def __init__(self, reason: SourceForbidden) -> None:
        super().__init__(reason.detail)
        self.reason = reason


def open_connector(settings: FetchSettings) -> TCPConnector:
    """Connections that the policy of the settings allows, and no others. Use it inside the event loop.

    With a proxy there are none but to it, and the operator has named it.

    Names are looked up by aiodns, which aiohttp uses where it is installed. The system's resolver blocks a thread for
    each name, and uvloop has four: as many names of a dead zone would stop every fetch.
    """
    policy = AddressPolicy(settings)

    def make_socket(address_info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, socket_address = address_info
        if settings.proxy_url is None:
            try:
                policy.check_port(int(socket_address[1]))
                policy.check_address(str(socket_address[0]))
            except SourceForbidden as reason:
                raise ForbiddenAddressError(reason) from reason
        return socket.socket(family, kind, protocol)

    return TCPConnector(
        socket_factory=make_socket,
        # An idle connection must end before a read would time out, or its reuse fails the next fetch.
        keepalive_timeout=min(KEEPALIVE_SECONDS, settings.first_byte_seconds / 2),
        # How many run at once is decided by the worker.
        limit=0,
    )

"""Where a fetch may connect to: public addresses and the ports of the web, and what the operator opens besides.

Pure: it is asked with the address that is about to be dialed (see `dialer`), so that nothing lies between the check
and the connection.
"""

from pixelmill.domain.errors import SourceForbidden
from pixelmill.fetch.special_addresses import is_public, parse_address
from pixelmill.settings import FetchSettings


class AddressPolicy:
    """Judges addresses and ports by the settings."""

    def __init__(self, settings: FetchSettings) -> None:
        self._networks = settings.allowed_networks
        self._ports = frozenset(settings.allowed_ports)

    def check_port(self, port: int) -> None:
        """Refuse a port that is not open.

        Raises:
            SourceForbidden: With the ports that are.
        """
        if port not in self._ports:
            ports = ", ".join(map(str, sorted(self._ports)))
            raise SourceForbidden(f"Port {port} is not fetched from; allowed: {ports}.")

    def check_address(self, address: str) -> None:
        """Refuse a numeric address that is neither public nor opened.

        Raises:
            SourceForbidden: Without the address: a caller must not learn what a name resolves to inside our network.
        """
        if not self._is_allowed(address):
            raise SourceForbidden("The host of the source is not a public address on the internet.")

    def _is_allowed(self, text: str) -> bool:
        try:
            address = parse_address(text)
        except ValueError:
            return False
        return is_public(address) or any(address in network for network in self._networks)

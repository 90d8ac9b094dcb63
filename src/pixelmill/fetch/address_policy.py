"""Where a fetch may connect to: public addresses and the ports of the web, and what the operator opens besides.

Pure. Hosts and ports are judged for each URL, addresses when they are about to be dialed (see `dialer`), so that
nothing lies between the check and the connection.
"""

from pixelmill.domain.errors import SourceForbidden
from pixelmill.domain.url import origin_of
from pixelmill.fetch.special_addresses import is_public, parse_address
from pixelmill.settings import FetchSettings


class AddressPolicy:
    """Judges hosts, ports and addresses by the settings."""

    def __init__(self, settings: FetchSettings) -> None:
        self._networks = settings.allowed_networks
        self._ports = frozenset(settings.allowed_ports)
        self._hosts = frozenset(settings.allowed_sources)

    def check_url(self, url: str) -> None:
        """Refuse a normalized URL that is not to be asked for, whatever its name resolves to.

        Raises:
            SourceForbidden: The host is none of the allowed ones, or the port is not open.
        """
        origin = origin_of(url)
        if self._hosts and not self._is_allowed_host(origin.host):
            raise SourceForbidden("The host of the source is not one that may be fetched from.")
        self.check_port(origin.port)

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
        if not self._is_allowed_address(address):
            raise SourceForbidden("The host of the source is not a public address on the internet.")

    def check_numeric_host(self, url: str) -> None:
        """Refuse a URL whose host is a forbidden address. For a proxy, which is handed names and addresses alike.

        Raises:
            SourceForbidden: As `check_address`.
        """
        host = origin_of(url).host
        if ":" in host or host.rpartition(".")[2].isdigit():  # the parser lets no other name end in a number
            self.check_address(host)

    def _is_allowed_host(self, host: str) -> bool:
        if host in self._hosts:
            return True
        labels = host.split(".")
        return any(f"*.{'.'.join(labels[start:])}" in self._hosts for start in range(1, len(labels)))

    def _is_allowed_address(self, text: str) -> bool:
        try:
            address = parse_address(text)
        except ValueError:
            return False
        return is_public(address) or any(address in network for network in self._networks)

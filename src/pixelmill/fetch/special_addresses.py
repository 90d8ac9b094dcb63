"""Which IP addresses are public hosts, judged from tables of our own.

The standard library's `is_global` changes from one Python to the next and calls some special-use networks global. What
is refused here is everything in the IANA registries of special-purpose addresses (RFC 6890 and its updates), whether
"globally reachable" or not, multicast (RFC 5771, RFC 4291), and every IPv6 address outside the global unicast range.
An IPv6 address that carries an IPv4 one is judged by that too: a translator or tunnel on the way would unwrap it.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

IpAddress = IPv4Address | IPv6Address

SPECIAL_IPV4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host on this network (RFC 791); Linux connects 0.0.0.0 to itself
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # behind a carrier's NAT (RFC 6598); also cloud metadata at 100.100.100.200
        "127.0.0.0/8",  # loopback (RFC 1122)
        "168.63.129.16/32",  # Azure's platform service, which only its own virtual machines reach
        "169.254.0.0/16",  # link-local (RFC 3927); cloud metadata at 169.254.169.254
        "172.16.0.0/12",  # private (RFC 1918)
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890)
        "192.0.2.0/24",  # documentation (RFC 5737)
        "192.31.196.0/24",  # AS112 (RFC 7535)
        "192.52.193.0/24",  # multicast tunneling (RFC 7450)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "192.168.0.0/16",  # private (RFC 1918)
        "192.175.48.0/24",  # AS112 (RFC 7534)
        "198.18.0.0/15",  # benchmarking (RFC 2544)
        "198.51.100.0/24",  # documentation (RFC 5737)
        "203.0.113.0/24",  # documentation (RFC 5737)
        "224.0.0.0/4",  # multicast (RFC 5771)
        "240.0.0.0/4",  # reserved (RFC 1112), and the broadcast address (RFC 919)
    )
)

GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""The one range hosts on the internet have addresses from (RFC 4291). Unique-local, link-local, site-local, multicast,
loopback, discard-only, local NAT64 and IPv4-compatible addresses all lie outside."""

SPECIAL_IPV6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # IETF protocol assignments (RFC 2928), with Teredo (RFC 4380) and ORCHID (RFC 7343)
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4 (RFC 3056)
        "2620:4f:8000::/48",  # AS112 (RFC 7534)
        "3fff::/20",  # documentation (RFC 9637)
    )
)

NAT64: Final = IPv6Network("64:ff9b::/96")
"""The well-known prefix (RFC 6052): how a host without IPv4 reaches an IPv4 address, so it is judged as that one."""

_ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})
"""The upper half of an ISATAP interface identifier; the lower half is the IPv4 address (RFC 5214)."""

_LOW_32_BITS: Final = 0xFFFF_FFFF


def parse_address(text: str) -> IpAddress:
    """Read a numeric address and unwrap it as far as the network does by itself.

    An IPv4-mapped address becomes the IPv4 address the kernel connects to; one of the well-known NAT64 prefix the IPv4
    address it is translated to.

    Raises:
        ValueError: It is not an address, or names an interface (`fe80::1%eth0`).
    """
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return address
    if address.scope_id is not None:
        raise ValueError(f"an address of one interface: {text}")
    if address in NAT64:
        return _low_ipv4(address)
    return address.ipv4_mapped or address


def is_public(address: IpAddress) -> bool:
    """Whether an address, as `parse_address` gives it, is that of a host on the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in SPECIAL_IPV4)
    if address not in GLOBAL_UNICAST or any(address in network for network in SPECIAL_IPV6):
        return False
    tunneled = _isatap_ipv4(address)
    return tunneled is None or is_public(tunneled)


def _isatap_ipv4(address: IPv6Address) -> IPv4Address | None:
    is_isatap = (int(address) >> 32) & _LOW_32_BITS in _ISATAP
    return _low_ipv4(address) if is_isatap else None


def _low_ipv4(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & _LOW_32_BITS)

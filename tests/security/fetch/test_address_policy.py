"""No fetch reaches an address inside: special-use ranges in every disguise are refused, public ones are not."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.domain.errors import SourceForbidden
from pixelmill.fetch.address_policy import AddressPolicy
from pixelmill.fetch.special_addresses import is_public, parse_address
from pixelmill.settings import FetchSettings

POLICY = AddressPolicy(FetchSettings())

REFUSED = (
    "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.254",
    "168.63.129.16 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1",
    "192.88.99.1 192.168.1.1 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1",
    "239.255.255.255 240.0.0.1 255.255.255.255",
    ":: ::1 ::7f00:1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:8.8.8.8",
    "64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::8.8.8.8 64:ff9b:1:ffff::10.0.0.1",
    "100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1",
    "2002:7f00:1:: 2002:a00:1::1 2002:808:808::1 2620:4f:8000::1 3fff::1 3ffe::1%eth0 5f00::1",
    "fc00::1 fd00:ec2::254 fdff::1 fe80::1 fe80::1%eth0 fe80::1%1 febf::1 fec0::1 ff02::1 ff0e::1",
    "2606:4700::5efe:10.0.0.1 2606:4700::5efe:127.0.0.1 2606:4700::200:5efe:192.168.0.1 4000::1 1fff::1",
)

ALLOWED = (
    "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 172.15.255.255",
    "172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255",
    "::ffff:8.8.8.8 64:ff9b::8.8.8.8 2001:200::1 2001:4860:4860::8888 2606:4700:4700::1111 2a00:1450::1",
    "2606:4700::5efe:8.8.8.8",
)

NOT_NUMERIC = ["", "localhost", "127.1", "0x7f.0.0.1", "0177.0.0.1", "2130706433", "1.1.1.1 ", "[::1]", "1.1.1.1/32"]


def addresses(lines: Iterable[str]) -> list[str]:
    return [address for line in lines for address in line.split()]


@pytest.mark.parametrize("address", addresses(REFUSED))
def test_special_addresses_are_refused(address: str) -> None:
    """Every range that is not a public host, the first and last of each, and each way to wrap one in IPv6."""
    with pytest.raises(SourceForbidden):
        POLICY.check_address(address)


@pytest.mark.parametrize("address", addresses(ALLOWED))
def test_public_addresses_are_allowed(address: str) -> None:
    """Public hosts right beside the special ranges, and public ones behind a translator."""
    POLICY.check_address(address)


@pytest.mark.parametrize("address", NOT_NUMERIC)
def test_what_is_no_plain_address_is_refused(address: str) -> None:
    """What one parser reads as an address and another does not is never dialed."""
    with pytest.raises(SourceForbidden):
        POLICY.check_address(address)


def test_the_refusal_does_not_tell_the_address() -> None:
    """A caller must not learn what a name resolves to in our network."""
    with pytest.raises(SourceForbidden) as refusal:
        POLICY.check_address("10.1.2.3")
    assert "10.1.2.3" not in refusal.value.detail


def wrappings(inner: IPv4Address) -> dict[str, IPv6Address]:
    """An IPv4 address inside IPv6, in every way in use."""
    low = int(inner)
    return {
        "mapped": IPv6Address(0xFFFF << 32 | low),
        "compatible": IPv6Address(low),
        "translated": IPv6Address(0xFFFF << 48 | low),
        "6to4": IPv6Address(0x2002 << 112 | low << 80),
        "nat64": IPv6Address(int(IPv6Address("64:ff9b::")) | low),
        "nat64 local": IPv6Address(int(IPv6Address("64:ff9b:1::")) | low),
        "teredo client": IPv6Address(0x20010000 << 96 | (low ^ 0xFFFF_FFFF)),
        "teredo server": IPv6Address(0x20010000 << 96 | low << 64),
        "isatap": IPv6Address(int(IPv6Address("2606:4700::5efe:0:0")) | low),
        "isatap global": IPv6Address(int(IPv6Address("2606:4700::200:5efe:0:0")) | low),
    }


@given(st.ip_addresses(v=4).filter(lambda address: not address.is_global or address.is_multicast))
def test_an_inner_address_is_refused_in_every_wrapping(inner: IPv4Address) -> None:
    """Whatever the standard library does not call global is refused, plain and wrapped."""
    assert not is_public(inner)
    assert [name for name, address in wrappings(inner).items() if is_public(parse_address(str(address)))] == []


@given(st.ip_addresses(v=6).filter(lambda address: not address.is_global or address.is_multicast))
def test_no_special_ipv6_address_is_public(address: IPv6Address) -> None:
    """The tables refuse what the standard library does; what wraps a public IPv4 address is judged as that."""
    parsed = parse_address(str(address))
    assert not is_public(parsed) or isinstance(parsed, IPv4Address)


@given(st.ip_addresses(v=4).filter(is_public))
def test_public_addresses_are_global_to_the_standard_library_too(address: IPv4Address) -> None:
    """The tables call nothing public that the standard library does not."""
    assert address.is_global


def test_an_opened_network_is_allowed_in_every_form_the_kernel_dials() -> None:
    """A network opened by the operator is open, also when written as IPv4-mapped; its neighbor stays closed."""
    policy = AddressPolicy(FetchSettings(allowed_networks=(ip_network("10.1.0.0/16"), ip_network("fd00::/64"))))
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::1"):
        policy.check_address(address)
    for address in ("10.2.0.1", "::ffff:10.2.0.1", "fd00:0:0:1::1", "2002:0a01:0203::", "::10.1.2.3"):
        with pytest.raises(SourceForbidden):
            policy.check_address(address)


def test_only_the_ports_of_the_settings_are_open() -> None:
    """By default the web's two; the refusal names them."""
    for port in (80, 443):
        POLICY.check_port(port)
    with pytest.raises(SourceForbidden, match=r"Port 22 .* 80, 443"):
        POLICY.check_port(22)
    AddressPolicy(FetchSettings(allowed_ports=(8080,))).check_port(8080)

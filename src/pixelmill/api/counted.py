"""Whom a request is counted for."""

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from flask import request

from pixelmill.api.access import caller

IPV6_PREFIX: Final = 64
"""A household or a server is given at least so many addresses: together they are one caller."""

NO_ADDRESS: Final = "unknown"
"""All that send from no address are one caller."""


def counted_caller() -> str | None:
    """Whom the current request is counted for; None for this machine's own requests, which are not counted.

    Whoever shows a key is counted wherever they send from, with all who have keys of the same tenant: a tenant gets no
    more by using several.
    """
    if (tenant := caller().tenant) is not None:
        return f"tenant:{tenant}"
    return _counted_address(_address())


def _address() -> str:
    """Where the current request comes from.

    nginx, through which alone the api is to be reached, puts the address of its client in the place of whatever the
    client said in `X-Forwarded-For`.
    """
    told = request.headers.get("X-Forwarded-For", request.remote_addr or "")
    return told.rpartition(",")[2].strip()


def _counted_address(told: str) -> str | None:
    try:
        address = ip_address(told)
    except ValueError:
        return NO_ADDRESS
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return None
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), IPV6_PREFIX), strict=False))
    return str(address)

"""Whom a request is counted for."""

import pytest
from flask import Flask, g

from pixelmill.api.counted import counted_caller
from pixelmill.domain.access import ANYBODY, STRANGER, Caller, Scope

SHOP = Caller(tenant="shop", scopes=frozenset({Scope.SUBMIT}), key_id="0" * 12)


def caller(told: str | None, *, peer: str = "127.0.0.1", who: Caller = ANYBODY) -> str | None:
    headers = {} if told is None else {"X-Forwarded-For": told}
    with Flask("api").test_request_context(headers=headers, environ_overrides={"REMOTE_ADDR": peer}):
        g.caller = who
        return counted_caller()


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unix:", "unknown"),
        ("", "unknown"),
        ("x" * 5000, "unknown"),
    ],
)
def test_an_address_is_a_caller(told: str, counted: str) -> None:
    """One of IPv6 with all of its network; what is no address is one caller, however it is written."""
    assert caller(told) == counted


@pytest.mark.parametrize("told", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_not_counted(told: str) -> None:
    """As nginx does not limit it."""
    assert caller(told) is None


def test_the_last_address_counts() -> None:
    """It is what nginx has written; what comes before, somebody else has."""
    assert caller("127.0.0.1, 198.51.100.1, 203.0.113.7") == "203.0.113.7"


@pytest.mark.parametrize(("peer", "counted"), [("203.0.113.7", "203.0.113.7"), ("127.0.0.1", None)])
def test_without_nginx_the_peer_counts(peer: str, counted: str | None) -> None:
    """Roles and tests ask the api from this machine."""
    assert caller(None, peer=peer) == counted


@pytest.mark.parametrize("told", ["203.0.113.7", "127.0.0.1"])
def test_whoever_shows_a_key_is_counted_with_their_tenant(told: str) -> None:
    """From this machine, too."""
    assert caller(told, who=SHOP) == "tenant:shop"


def test_a_stranger_is_an_address() -> None:
    """Signed URLs are opened without a key."""
    assert caller("203.0.113.7", who=STRANGER) == "203.0.113.7"

"""What is asked of an address and of a key before anything is sent."""

import pytest

from pixelmill.client import AsyncClient, Client

SERVER = "http://127.0.0.1:8080"


@pytest.mark.parametrize("base_url", ["127.0.0.1:8477", "localhost", "ftp://127.0.0.1", "http://", "", "/a"])
@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_an_address_without_scheme_or_host_is_refused(client: type[Client | AsyncClient], base_url: str) -> None:
    """At once: that nobody answers there would tell nothing."""
    with pytest.raises(ValueError, match="expected http:// or https:// and a host"):
        client(base_url)


@pytest.mark.parametrize("base_url", [SERVER, "https://images.example.com/", "HTTP://[::1]:8080"])
def test_other_addresses_are_taken(base_url: str) -> None:
    """However they are spelled."""
    Client(base_url).close()

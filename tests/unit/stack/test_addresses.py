"""The public port has to be free; inner ports give way."""

import socket
from collections.abc import Iterator

import pytest

from pixelmill.settings import Settings
from pixelmill.stack.addresses import Addresses, port_settings
from pixelmill.stack.failures import PublicPortUnusable
from pixelmill.stack.ports import require_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_free_public_port_is_accepted(free: int) -> None:
    """Looking does not take it."""
    require_free(free)
    require_free(free)


def test_a_taken_public_port_is_refused(taken: int) -> None:
    """In one sentence that says what to do."""
    with pytest.raises(PublicPortUnusable, match=rf"port {taken} is taken.*--port"):
        require_free(taken)


def test_a_port_that_a_server_on_all_addresses_has_is_taken() -> None:
    """It would not be reached there."""
    with socket.create_server(("", 0)) as server, pytest.raises(PublicPortUnusable):
        require_free(server.getsockname()[1])


def test_a_port_that_this_user_may_not_have_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without root, low ports are not ours."""

    def refuse(_: object, address: object) -> None:
        raise PermissionError

    monkeypatch.setattr(socket.socket, "bind", refuse)

    with pytest.raises(PublicPortUnusable, match="may not listen on port 80"):
        require_free(80)


def test_a_taken_inner_port_is_replaced_and_reported(taken: int, free: int) -> None:
    """Two stacks run side by side; a person learns where the second one is."""
    wanted = Addresses(nginx=1, api=taken, worker=free, cleanup_crew=free, prometheus=free, redis_exporter=free)

    chosen = wanted.available()

    assert chosen.worker == free
    assert len({chosen.api, chosen.worker, chosen.cleanup_crew, chosen.prometheus, chosen.redis_exporter}) == 5
    assert chosen.replaced(wanted)["api"] == (taken, chosen.api)
    assert "worker" not in chosen.replaced(wanted)


def test_the_roles_are_told_where_to_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through their own settings; what a person sets is what is wanted."""
    monkeypatch.setenv("PIXELMILL_WORKER_PORT", "8765")

    wanted = Addresses.wanted(8080, Settings.from_environment())

    assert (wanted.api, wanted.worker, wanted.cleanup_crew) == (5000, 8765, 8001)
    assert port_settings(wanted)["PIXELMILL_WORKER_PORT"] == "8765"

"""What holds for a store in a bucket, and for no other: addresses, parts, credentials, and a server that is bad."""

import resource
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from pixelmill.domain.errors import StoreUnavailable
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.settings import StoreSettings
from pixelmill.store import keys
from pixelmill.store.store import Store
from tests.integration.store.conftest import Home
from tests.support.ports import free_port
from tests.support.s3_server import S3Server

TASK_ID = "5f1c0d9e8b7a6f5e4d3c2b1a09f8e7d6"
SLOT = "20261124T0430"
KEY = keys.result_key(SLOT, TASK_ID, "1f0c8a52", "image.webp")

MARGIN_SECONDS = 2.0
"""For a busy machine."""


@pytest.fixture
def store(s3_home: Home) -> Store:
    return Store.open(s3_home.settings)


async def test_a_signed_address_needs_no_credentials_and_is_good_for_one_file(store: Store, image: Path) -> None:
    """Whoever has it reads this file, by this method; the bucket stays private."""
    await store.put_files({KEY: image})
    address = store.sign("GET", KEY)
    assert address is not None

    answer = httpx.get(address)
    assert (answer.status_code, answer.content) == (200, image.read_bytes())
    assert answer.headers["Content-Type"] == "image/webp"
    assert httpx.put(address, content=b"other").status_code == httpx.codes.FORBIDDEN
    other = address.replace("image.webp", "other.webp")
    assert httpx.get(other).status_code == httpx.codes.FORBIDDEN
    assert httpx.get(address.partition("?")[0]).status_code == httpx.codes.FORBIDDEN

    head = store.sign("HEAD", KEY)
    assert head is not None
    assert httpx.head(head).headers["Content-Length"] == str(image.stat().st_size)


async def test_a_file_is_one_request_however_large(store: Store, s3_server: S3Server, tmp_path: Path) -> None:
    """No upload in parts: the tag S3 gives such a file has a dash and their number."""
    large = tmp_path / "large"
    large.write_bytes(bytes(24 * MEBIBYTE))
    await store.put_files({KEY: large})
    address = store.sign("HEAD", KEY)
    assert address is not None
    assert "-" not in httpx.head(address).headers["ETag"]
    assert "<Upload>" not in httpx.get(s3_server.signed("GET", "?uploads")).text


@contextmanager
def memory_limited_to(more_bytes: int) -> Iterator[None]:
    """Let this process allocate only so much more than it has; what is mapped from a file does not count."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    has_bytes = int(status["VmData"].split()[0]) * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (has_bytes + more_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


async def test_storing_a_file_takes_no_memory_of_its_own(store: Store, tmp_path: Path) -> None:
    """The largest upload is mapped: many of them at once do not fill a container."""
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(256 * MEBIBYTE)
    await store.probe()  # threads and connections are there
    with memory_limited_to(64 * MEBIBYTE):
        await store.put_files({KEY: large})


async def test_wrong_credentials_are_an_unavailable_store(
    s3_home: Home, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a missing file: no task fails for good because a key was rotated."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "something else")
    store = Store.open(s3_home.settings)
    with pytest.raises(StoreUnavailable):
        await store.probe()
    with pytest.raises(StoreUnavailable):
        await store.put_files({KEY: image})
    with pytest.raises(StoreUnavailable):
        await store.lend_file(KEY, image)


async def test_a_bucket_that_is_not_there_is_unavailable(s3_home: Home, image: Path) -> None:
    """It is not made: its name may be mistyped."""
    store = Store.open(StoreSettings(url="s3://no-such-bucket-here"))
    with pytest.raises(StoreUnavailable):
        await store.probe()
    with pytest.raises(StoreUnavailable):
        await store.put_files({KEY: image})
    with pytest.raises(StoreUnavailable):  # not a missing file: no task fails for good
        await store.lend_file(KEY, image)


async def test_nobody_listening_is_unavailable_soon(
    s3_home: Home, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attempts are bounded, and so is the time."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    store = Store.open(StoreSettings(url=s3_home.settings.url, timeout_seconds=1))
    started_at = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await store.put_files({KEY: image})
    assert time.monotonic() - started_at < 2 + MARGIN_SECONDS


@contextmanager
def silent_server() -> Iterator[str]:
    """Takes connections and requests, and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        kept: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    kept.append(listener.accept()[0])
                except OSError:
                    return

        taking = threading.Thread(target=take)
        taking.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        taking.join()
        for connection in kept:
            connection.close()


async def test_a_store_that_hangs_is_left_alone_in_time(
    s3_home: Home, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call has an end, and the probe's comes before whoever asks for health gives up."""
    with silent_server() as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        store = Store.open(StoreSettings(url=s3_home.settings.url, timeout_seconds=0.5))
        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "put": lambda: store.put_files({KEY: image}),
            "get": lambda: store.lend_file(KEY, image),
            "list": lambda: store.list_files(keys.slot_key(keys.Kind.RESULTS, SLOT)),
            "delete": lambda: store.delete([KEY]),
        }
        for name, call in calls.items():
            started_at = time.monotonic()
            with pytest.raises(StoreUnavailable):
                await call()
            assert time.monotonic() - started_at < 1 + MARGIN_SECONDS, name

        started_at = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.probe_sync()
        with pytest.raises(StoreUnavailable):
            await store.probe()
        assert time.monotonic() - started_at < 2 * 3 + MARGIN_SECONDS

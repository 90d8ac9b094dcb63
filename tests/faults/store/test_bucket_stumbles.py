"""A bucket behind a network that fails: what is put is whole, what is fetched is right, and every call has an end."""

import asyncio
import hashlib
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from pixelmill.domain.errors import StoreUnavailable
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.settings import StoreSettings
from pixelmill.store.keys import Kind, result_key, slot_key, upload_key
from pixelmill.store.store import Store
from tests.support.s3_server import S3Server, Space
from tests.support.stumbling import Fault, Stumbling, stumbling

TASK_ID = "5f1c0d9e8b7a6f5e4d3c2b1a09f8e7d6"
SLOT = "20261124T0430"
KEY = upload_key(SLOT, 2 * TASK_ID)
TIMEOUT_SECONDS = 1.0
"""For a request; what hangs is noticed after it."""

T = TypeVar("T")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image"
    path.write_bytes(os.urandom(2 * MEBIBYTE + 5))
    return path


def open_store(proxy: Stumbling, server: S3Server, space: Space, patch: pytest.MonkeyPatch) -> Store:
    for name, value in server.environment(proxy.url).items():
        patch.setenv(name, value)
    return Store.open(StoreSettings(url=space.url, timeout_seconds=TIMEOUT_SECONDS))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def persistently(call: Callable[[], Awaitable[T]], *, tries: int) -> T:
    """Call until it succeeds; at the last try it must."""
    for _ in range(tries - 1):
        with suppress(StoreUnavailable):
            return await call()
    return await call()


@pytest.mark.parametrize("fault", Fault)
async def test_one_fault_costs_nothing_but_time(
    fault: Fault, s3_server: S3Server, s3_space: Space, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is. But a listing that breaks off is not asked for again: the next sweep does."""
    with stumbling(s3_server.endpoint, [fault], every=2) as proxy:
        store = open_store(proxy, s3_server, s3_space, monkeypatch)
        for number in range(4):
            key = upload_key(SLOT, f"{number:064x}")
            await store.put_files({key: image})
            fetched = image.with_name("fetched")
            assert await store.lend_file(key, fetched) == image.stat().st_size
            assert digest(fetched) == digest(image)
        assert len(await persistently(lambda: store.list_files(slot_key(Kind.UPLOADS, SLOT)), tries=2)) == 4
        assert await persistently(lambda: store.list_slots(Kind.UPLOADS), tries=2) == [SLOT]
        assert proxy.met[fault] >= 4


@pytest.mark.parametrize("fault", Fault)
async def test_nothing_but_faults_ends_in_time(
    fault: Fault, s3_server: S3Server, s3_space: Space, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And leaves nothing half written: the file is there whole, or not at all."""
    with stumbling(s3_server.endpoint, [fault], every=1) as proxy:
        store = open_store(proxy, s3_server, s3_space, monkeypatch)
        started_at = time.monotonic()
        try:
            await store.put_files({KEY: image})
        except StoreUnavailable:
            pass
        else:
            assert fault is Fault.CUT_ANSWER  # of which the status alone counts
        with pytest.raises(StoreUnavailable):
            await store.lend_file(KEY, image.with_name("fetched"))
        assert time.monotonic() - started_at < 4 * TIMEOUT_SECONDS + 3
    sizes = {name: size for name, size in s3_space.sizes().items() if name == KEY}
    assert sizes in ({}, {KEY: image.stat().st_size})


async def test_many_files_are_kept_and_removed_whatever_happens_at_every_third_request(
    s3_server: S3Server, s3_space: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a few more tries by whoever asks, as tasks and sweeps do."""
    image = tmp_path / "image"
    image.write_bytes(os.urandom(5000))
    names = [result_key(SLOT, f"{number:032x}", "1f0c8a52", "image.webp") for number in range(60)]
    with stumbling(s3_server.endpoint, every=3) as proxy:
        store = open_store(proxy, s3_server, s3_space, monkeypatch)

        await asyncio.gather(*(persistently(partial(store.put_files, {name: image}), tries=3) for name in names))
        assert s3_space.sizes() == dict.fromkeys(names, 5000)
        assert set(proxy.met) == set(Fault)

        await persistently(lambda: store.delete(names), tries=20)
        assert s3_space.kept() == set()

"""The cache of sources: what nobody uses goes, and files that no entry refers to; nothing else."""

import secrets
from datetime import UTC, datetime, timedelta

from prometheus_client import REGISTRY

from pixelmill.domain.source import ImageFormat
from pixelmill.fetch.kept_source import KeptSource, source_id_of
from pixelmill.fetch.source_index import ENTRY_BYTES, SourceIndex
from pixelmill.settings import FetchSettings
from pixelmill.store.keys import Kind, slot_of, source_key
from tests.integration.expire.conftest import House

SIZE = 5


async def keep(house: House, name: str, *, age: timedelta = timedelta(0)) -> str:
    """Keep a source as a worker does; returns its key."""
    source_id = source_id_of(name)
    key = source_key(slot_of(datetime.now(UTC) - age), source_id, secrets.token_hex(8))
    await house.put(key)
    await house.sources.keep(source_id, entry(name, key))
    return key


def entry(name: str, key: str) -> KeptSource:
    return KeptSource(
        key=key,
        download="1",
        url=name,
        headers={},
        checked_at=0,
        size_bytes=SIZE,
        sha256="0" * 64,
        format=ImageFormat.JPEG,
    )


async def test_a_source_in_use_stays_however_old_its_file_is(house: House) -> None:
    """Its entry refers to it."""
    key = await keep(house, "a", age=timedelta(days=3))
    await house.sweep.run(datetime.now(UTC))
    assert house.files() == {key}
    assert REGISTRY.get_sample_value("pixelmill_source_cache_bytes") == SIZE + ENTRY_BYTES


async def test_a_source_nobody_used_for_long_goes(house: House) -> None:
    """File, entry, and what it counted; also its folder."""
    await keep(house, "a", age=timedelta(days=3))
    await house.sweep.run(datetime.now(UTC) + timedelta(seconds=house.fetch.cache_life_seconds, minutes=1))
    assert house.files() == set()
    assert house.folders() == set()
    assert await house.sources.keys_of([source_id_of("a")]) == [None]
    assert await house.sources.size_bytes() == 0


async def test_a_file_without_an_entry_goes_when_its_slot_is_past(house: House) -> None:
    """A worker died between two steps. A young one may be on its way into the index."""
    old, young = (
        source_key(slot_of(datetime.now(UTC) - age), source_id_of("a"), secrets.token_hex(8))
        for age in (timedelta(minutes=5), timedelta(0))
    )
    await house.put(old, young)
    replaced = await keep(house, "b", age=timedelta(minutes=4))
    used = await keep(house, "b", age=timedelta(minutes=3))
    assert replaced in house.files()
    await house.sweep.run(datetime.now(UTC))
    assert house.files() == {young, used}


async def test_a_lower_bound_is_swept_down_to(house: House) -> None:
    """Those used least lately go first."""
    names = [str(number) for number in range(450)]
    for name in names:
        await house.sources.keep(
            source_id_of(name), entry(name, source_key("20260101T0000", source_id_of(name), "0" * 16))
        )
    await house.sources.touch(source_id_of("0"))
    house.sources = SourceIndex(house.sources._redis, 3 * (SIZE + ENTRY_BYTES))
    house.fetch = FetchSettings(cache_life_seconds=10**9)
    await house.sweep.run(datetime.now(UTC))
    kept = await house.sources.keys_of([source_id_of(name) for name in names])
    assert [name for name, key in zip(names, kept, strict=True) if key] == ["0", "448", "449"]
    assert await house.sources.size_bytes() == 3 * (SIZE + ENTRY_BYTES)


async def test_a_file_of_somebody_else_is_left_alone(house: House) -> None:
    """What is not named like a source is none of ours."""
    path = house.root / Kind.SOURCES / "20200101T0000" / "README"
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    await house.sweep.run(datetime.now(UTC))
    assert path.exists()

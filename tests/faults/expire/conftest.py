"""A store of each kind with very many files in it, put there faster than a worker would."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import obstore
import pytest

from tests.support.s3_server import S3Server, Space

PUTS_AT_ONCE = 32


@dataclass(frozen=True)
class Home:
    """Where a store lies: the settings that lead to it, how to fill it past the store, and what it keeps."""

    settings: dict[str, str]
    fill: Callable[[Iterable[str]], None]
    kept: Callable[[], set[str]]


def folder_home(root: Path) -> Home:
    def fill(keys: Iterable[str]) -> None:
        for key in keys:
            (root / key).parent.mkdir(parents=True, exist_ok=True)
            (root / key).touch()

    def kept() -> set[str]:
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}

    return Home({"PIXELMILL_STORE_URL": root.as_uri()}, fill, kept)


def bucket_home(server: S3Server, space: Space) -> Home:
    def fill(keys: Iterable[str]) -> None:
        objects, left = server.objects(), iter([f"{space.prefix}/{key}" for key in keys])

        async def put_in_turn() -> None:
            for key in left:
                await obstore.put_async(objects, key, b"", use_multipart=False)

        async def put_all() -> None:
            await asyncio.gather(*(put_in_turn() for _ in range(PUTS_AT_ONCE)))

        asyncio.run(put_all())

    return Home(space.environment, fill, space.kept)


@pytest.fixture(params=["folder", "s3"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """Each kind of store in turn."""
    if request.param == "folder":
        return folder_home(tmp_path / "store")
    return bucket_home(request.getfixturevalue("s3_server"), request.getfixturevalue("s3_space"))

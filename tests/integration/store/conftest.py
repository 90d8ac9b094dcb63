"""A store of each kind, and a look at what it keeps that does not go through it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import obstore
import pytest

from pixelmill.domain.limits import MEBIBYTE
from pixelmill.settings import StoreSettings
from pixelmill.store.store import Store
from tests.support.s3_server import S3Server, Space


@dataclass(frozen=True)
class Home:
    """Where a store lies: how to open it, what is in it, and what one file has in it."""

    settings: StoreSettings
    keys: Callable[[], set[str]]
    read: Callable[[str], bytes]


def folder_home(root: Path) -> Home:
    def keys() -> set[str]:
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}

    return Home(StoreSettings(url=root.as_uri()), keys, lambda key: (root / key).read_bytes())


def bucket_home(server: S3Server, space: Space) -> Home:
    def read(key: str) -> bytes:
        return bytes(obstore.get(server.objects(), f"{space.prefix}/{key}").bytes())

    return Home(StoreSettings(url=space.url), space.kept, read)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where a store in a folder lies."""
    return tmp_path / "store"


@pytest.fixture
def s3_home(s3_server: S3Server, s3_space: Space, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A store in a bucket; the environment of the test leads to it."""
    for name, value in s3_space.environment.items():
        monkeypatch.setenv(name, value)
    return bucket_home(s3_server, s3_space)


@pytest.fixture(params=["folder", "s3"])
def home(request: pytest.FixtureRequest, root: Path) -> Home:
    """Each kind of store in turn."""
    if request.param == "folder":
        return folder_home(root)
    home: Home = request.getfixturevalue("s3_home")
    return home


@pytest.fixture
def store(home: Home) -> Store:
    return Store.open(home.settings)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A file that is longer than the pieces in which files are copied."""
    path = tmp_path / "image.bin"
    path.write_bytes(os.urandom(3 * MEBIBYTE + 17))
    return path

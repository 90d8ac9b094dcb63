"""The data directory keeps one password and knows who wrote it."""

import stat
from pathlib import Path

import pytest

from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.failures import DataOfAnotherVersion


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    return DataDir(tmp_path, tmp_path / "run")


def test_a_password_is_made_once_and_for_nobody_else(data: DataDir) -> None:
    """Every data directory has its own secret, in a file with mode 0600."""
    password = data.password()

    assert data.password() == password
    assert len(password) >= 32
    assert stat.S_IMODE(data.password_file.stat().st_mode) == 0o600


def test_the_engines_that_wrote_the_data_may_write_it_again(data: DataDir) -> None:
    """An engine that is used for the first time, because it was external before, is recorded too."""
    data.claim({"queue": "valkey 9"})
    data.claim({"queue": "valkey 9", "trail": "postgres 18"})
    data.claim({})


@pytest.mark.parametrize("engine", ["valkey 8", "redis 7"])
def test_data_of_another_engine_or_major_version_is_refused(data: DataDir, engine: str) -> None:
    """The message names both, and what to do; the record stays as it was."""
    data.claim({"queue": engine})

    with pytest.raises(DataOfAnotherVersion, match=rf"{engine}.*valkey 9.*--data-dir"):
        data.claim({"queue": "valkey 9"})
    data.claim({"queue": engine})


def test_a_record_that_cannot_be_read_is_refused(data: DataDir) -> None:
    """Nobody knows what such data can be read by."""
    (data.root / "engine.json").write_text("{")

    with pytest.raises(DataOfAnotherVersion):
        data.claim({"queue": "valkey 9"})


def test_a_start_without_news_rewrites_nothing(data: DataDir) -> None:
    """What is not written cannot be cut off in the middle by a kill or a full disk."""
    record = data.root / "engine.json"
    record.write_text('{"queue":"valkey 9"}')

    data.claim({"queue": "valkey 9"})

    assert record.read_text() == '{"queue":"valkey 9"}'


def test_nothing_half_written_is_left(data: DataDir) -> None:
    """Records are put in place whole."""
    data.claim({"queue": "valkey 9"})
    data.password()

    assert {path.name for path in data.root.iterdir()} == {"engine.json", "postgres-password"}

"""Unix sockets have short paths, whatever the data directory is called."""

import shutil
import stat
from pathlib import Path

import pytest

from pixelmill.stack.socket_folder import make_socket_folder, remove_socket_folder


def test_a_short_folder_holds_its_own_sockets(tmp_path: Path) -> None:
    """Nothing lies elsewhere without need."""
    assert make_socket_folder(Path("/srv/run")) == Path("/srv/run")


@pytest.mark.parametrize("name", ["x" * 100, "with space", "with,comma", "ünicode"])
def test_a_long_or_unusual_folder_gets_a_private_one_elsewhere(tmp_path: Path, name: str) -> None:
    """The folder is temporary, for this user alone, and found again through the link."""
    run = tmp_path / name
    run.mkdir()

    folder = make_socket_folder(run)

    assert len(str(folder / "supervisor.sock.4194304")) <= 103
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (run / "sockets").resolve() == folder.resolve()
    remove_socket_folder(run)
    assert not folder.exists()
    assert list(run.iterdir()) == []


def test_a_link_to_anything_else_is_not_followed(tmp_path: Path) -> None:
    """Only what was made here is removed."""
    precious = tmp_path / "precious"
    precious.mkdir()
    run = tmp_path / "run"
    run.mkdir()
    (run / "sockets").symlink_to(precious)

    remove_socket_folder(run)

    assert precious.exists()


def test_a_folder_that_is_gone_already_is_no_error(tmp_path: Path) -> None:
    """The system empties its temporary folder by itself."""
    run = tmp_path / ("x" * 100)
    run.mkdir()
    shutil.rmtree(make_socket_folder(run))

    remove_socket_folder(run)

    assert list(run.iterdir()) == []

"""Scratch folders: removed whatever happens, also those of processes that died."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from pixelmill.worker.scratch import FOLDER_PREFIX, Scratch

HOLD = """
import sys
from pathlib import Path
from pixelmill.worker.scratch import Scratch

with Scratch(Path(sys.argv[1])) as scratch:
    (scratch.path / "download").write_bytes(b"half")
    print(scratch.path, flush=True)
    sys.stdin.read()
"""


def holder(base: Path) -> subprocess.Popen[str]:
    """Another process with scratch of its own, which it keeps until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(base)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def path_of(process: "subprocess.Popen[str]") -> Path:
    assert process.stdout is not None
    return Path(process.stdout.readline().strip())


def test_a_folder_goes_with_all_that_is_in_it(tmp_path: Path) -> None:
    """Also when the work in it fails."""

    def fail_in(folder: Path) -> NoReturn:
        (folder / "variants").mkdir()
        (folder / "variants" / "image.jpg").touch()
        raise ZeroDivisionError

    with Scratch(tmp_path) as scratch:
        with pytest.raises(ZeroDivisionError), scratch.folder("execution") as folder:
            fail_in(folder)
        assert list(scratch.path.iterdir()) == []


def test_scratch_is_private_and_goes_with_its_owner(tmp_path: Path) -> None:
    """No other user reads what somebody uploaded; nothing is left."""
    with Scratch(tmp_path / "new") as scratch:
        assert scratch.path.stat().st_mode & 0o077 == 0
        (scratch.path / "left").touch()
    assert list((tmp_path / "new").iterdir()) == []


def test_the_folder_of_a_killed_process_is_removed_and_that_of_a_living_one_kept(tmp_path: Path) -> None:
    """The system tells the two apart by the lock, whatever process ids are in use again."""
    with holder(tmp_path) as dead, holder(tmp_path) as living:
        dead_path, living_path = path_of(dead), path_of(living)
        dead.send_signal(signal.SIGKILL)
        dead.wait()
        with Scratch(tmp_path):
            assert not dead_path.exists()
            assert (living_path / "download").exists()
        living.communicate()
    assert not living_path.exists()


def test_what_is_not_scratch_is_left_alone(tmp_path: Path) -> None:
    """The base may be the system's folder for temporary files."""
    (tmp_path / "other").mkdir()
    (tmp_path / f"{FOLDER_PREFIX}file").touch()
    (tmp_path / f"{FOLDER_PREFIX}link").symlink_to(tmp_path / "other")
    with Scratch(tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", f"{FOLDER_PREFIX}file", f"{FOLDER_PREFIX}link"]

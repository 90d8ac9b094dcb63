"""When it cannot start, it says why in one sentence, exits with a code of its own, and has started nothing."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.up import PROGRAM, Up, up

pytestmark = pytest.mark.timeout(300)  # a busy machine starts a stack in a minute


def refusal(run: Up) -> tuple[int, str]:
    """Exit code and the one line that was said."""
    code = run.exit_code()
    (line,) = [line for line in run.lines() if line.strip()]
    return code, line


def test_a_taken_public_port(tmp_path: Path) -> None:
    """The data directory is not even made."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code, line = refusal(Up(tmp_path, tmp_path / "data", port))

    assert (code, f"port {port} is taken" in line) == (69, True)
    assert not (tmp_path / "data").exists()


def test_data_of_another_version(tmp_path: Path) -> None:
    """It is left as it is."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "engine.json").write_text(json.dumps({"trail": "postgres 15"}))

    code, line = refusal(Up(tmp_path, data))

    assert (code, "written by postgres 15" in line) == (65, True)
    assert not (data / "postgres").exists()


def test_a_data_directory_in_use(tmp_path: Path) -> None:
    """The one that uses it goes on."""
    with up(tmp_path, tmp_path / "data") as run:
        code, line = refusal(Up(tmp_path, tmp_path / "data"))

        assert (code, "another pixelmill up uses the data directory" in line) == (75, True)
        assert run.answers()


@pytest.mark.parametrize(
    ("name", "value"), [("PIXELMILL_API_THREADS", "none"), ("PIXELMILL_STORE_URL", "http://host/path")]
)
def test_a_setting_that_cannot_be_used(tmp_path: Path, name: str, value: str) -> None:
    """By its name, before anything is made."""
    code, line = refusal(Up(tmp_path, tmp_path / "data", environment={name: value}))

    assert (code, name in line) == (78, True)
    assert not (tmp_path / "data").exists()


def test_listening_where_others_are_without_saying_who_may_come_in(tmp_path: Path) -> None:
    """Nor does an api of its own."""
    code, line = refusal(Up(tmp_path, tmp_path / "data", arguments=["--public"]))
    assert (code, "PIXELMILL_API_ACCESS" in line) == (78, True)
    assert not (tmp_path / "data").exists()

    api = subprocess.run(
        [PROGRAM, "api"],
        env=os.environ | {"PIXELMILL_API_HOST": "0.0.0.0"},  # noqa: S104 - refused
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (api.returncode != 0, "PIXELMILL_API_ACCESS" in api.stderr) == (True, True)


def test_a_data_directory_that_cannot_be_made(tmp_path: Path) -> None:
    """The path and the reason are named."""
    (tmp_path / "file").touch()

    code, line = refusal(Up(tmp_path, tmp_path / "file" / "data"))

    assert (code, "Not a directory" in line) == (73, True)


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare, to mount a small disk")
def test_a_full_disk(tmp_path: Path) -> None:
    """A disk of 20 MB is too small, which shows before the first server starts."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f'mount -t tmpfs -o size=20m none "{disk}" && exec "$@"'
    prefix = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]

    code, line = refusal(Up(tmp_path, disk / "data", prefix=prefix))

    assert (code, "MB are needed" in line) == (74, True)


def test_a_missing_wheel(tmp_path: Path) -> None:
    """On a platform for which a wheel was never made."""
    script = (
        "import pathlib, sys; from pixelmill.stack.servers import wheel;"
        "wheel.platform_folder = lambda: 'plan9-mips';"
        "from pixelmill.stack.servers import nginx; nginx.platform_folder = wheel.platform_folder;"
        "from pixelmill.cli.main import app; app()"
    )
    command = [sys.executable, "-c", script, "up", "--data-dir", str(tmp_path / "data")]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ))

    assert done.returncode == 72
    assert "There is no nginx for this platform" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_role_that_does_not_start(tmp_path: Path) -> None:
    """Its last words are passed on, and what had started is stopped."""
    run = Up(tmp_path, tmp_path / "data", environment={"PIXELMILL_STORE_URL": "az://no-account"})

    code, line = refusal(run)

    assert code == 70
    assert "ended while it was starting" in line
    assert list((tmp_path / "data" / "run").iterdir()) == []

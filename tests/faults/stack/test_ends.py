"""However `pixelmill up` ends, nothing of it is left, and the next start works."""

from pathlib import Path

import psutil
import pytest

from pixelmill.client.client import Client
from pixelmill.domain.task import Status
from pixelmill.stack.ports import require_free
from tests.support.pictures import photo
from tests.support.up import Up, await_end, up
from tests.support.wait import wait_until

pytestmark = pytest.mark.timeout(300)  # a busy machine starts a stack in a minute

TASKS = 12
WAIT_SECONDS = 90.0


def assert_nothing_is_left(run: Up, processes: list[psutil.Process]) -> None:
    """No process, and nobody listens."""
    await_end(processes)
    require_free(run.port)


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    """An orderly end has exit code 0, and takes seconds."""
    with up(tmp_path, tmp_path / "data") as run:
        processes = run.everything()

        assert run.interrupt() == 0

    assert_nothing_is_left(run, processes)
    assert list((run.data_dir / "run").iterdir()) == []
    assert "ended" not in run.output.read_text()


def test_ctrl_c_while_it_starts_leaves_nothing(tmp_path: Path) -> None:
    """Whoever changes their mind waits no longer."""
    run = Up(tmp_path, tmp_path / "data")
    wait_until((tmp_path / "data" / "run" / "supervisord.conf").exists, 30)
    processes = run.everything()

    assert run.interrupt() == 0

    assert_nothing_is_left(run, processes)


@pytest.mark.parametrize("victim", ["pixelmill up", "supervisord", "the guardian of supervisord"])
def test_a_kill_leaves_nothing_and_loses_nothing(tmp_path: Path, victim: str) -> None:
    """SIGKILL while it works: no process stays, the next start goes on where this one was."""
    names = {
        "pixelmill up": ("pixelmill", "up", "--port"),
        "supervisord": ("supervisor.supervisord",),
        "the guardian of supervisord": ("guardian", "supervisor.supervisord"),
    }
    with up(tmp_path, tmp_path / "data") as run, Client(run.base_url) as client:
        accepted = [client.submit(picture(tmp_path, number), width=50 + number) for number in range(TASKS)]
        processes = run.everything()
        run.find(*names[victim]).kill()
        assert_nothing_is_left(run, processes)
        assert run.said("the supervisor") is (victim != "pixelmill up")

    with up(tmp_path, tmp_path / "data") as run, Client(run.base_url) as client:
        ended = [client.wait(task, WAIT_SECONDS) for task in accepted]

    assert {task.status for task in ended} == {Status.COMPLETED}


def picture(folder: Path, number: int) -> Path:
    path = folder / f"{number}.jpg"
    path.write_bytes(photo(800, 600, seed=number))
    return path

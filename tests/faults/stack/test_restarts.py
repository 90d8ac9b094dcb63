"""What crashes is started again, and a person is told."""

from collections.abc import Iterator

import psutil
import pytest

from tests.support.up import Up, up
from tests.support.wait import wait_until

pytestmark = pytest.mark.timeout(300)  # a busy machine starts a stack in a minute


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("up")
    with up(folder, folder / "data") as run:
        yield run


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("valkey", ("valkey-server",)),
        ("postgres", ("bin/postgres", "-D")),
        ("nginx", ("nginx: master",)),
        ("api", ("pixelmill.api.main",)),
        ("worker", ("pixelmill.worker.main",)),
        ("cleanup_crew", ("pixelmill.cleanup_crew.main",)),
    ],
)
def test_a_killed_process_is_replaced(run: Up, name: str, words: tuple[str, ...]) -> None:
    """SIGKILL: all it had started ends, another takes its place, the service is ready again."""
    victim = run.find(*words)
    heirs = victim.children(recursive=True)

    victim.kill()

    psutil.wait_procs([victim, *heirs], timeout=20)
    wait_until(lambda: run.said(f"{name} ended and was started again"), 20)
    wait_until(run.answers, 30)
    assert not [heir for heir in heirs if heir.is_running()]
    assert run.find(*words).pid != victim.pid


def test_a_killed_guardian_takes_its_process_along(run: Up) -> None:
    """Two workers for one role, one of them supervised by nobody, would be the alternative."""
    victim = run.find("pixelmill.worker.main")
    guardian = run.find("guardian", "pixelmill.worker.main")

    guardian.kill()

    psutil.wait_procs([victim, guardian], timeout=20)
    wait_until(run.answers, 30)
    wait_until(lambda: run.find("pixelmill.worker.main").pid != victim.pid, 20)


def test_logs_are_kept_by_process(run: Up) -> None:
    """Each in a file of its own; standard output stays quiet."""
    names = {"valkey", "postgres", "nginx", "api", "worker", "cleanup_crew", "supervisor"}

    assert {f"{name}.log" for name in names} <= {path.name for path in (run.data_dir / "logs").iterdir()}
    assert all(
        "ready" in line or "Logs are in" in line or "again" in line or "is taken" in line for line in run.lines()
    )

"""Brings the trail's schema up to date before a role uses it.

A note in the embedded database's own folder names the migrations it has had; it goes where the database goes. Without
it every start would spend more time on finding nothing to do than on anything else.
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from pixelmill import audit
from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.failures import ProcessFailed
from pixelmill.stack.interrupts import Interrupts
from pixelmill.stack.last_words import last_words
from pixelmill.stack.process import Process

MIGRATE_SECONDS = 600.0
_MIGRATIONS = Path(audit.__file__).parent / "migrations" / "versions"
_NOTE = "pixelmill-migrations"


def update_schema(
    cluster_dir: Path | None, environment: Mapping[str, str], data: DataDir, interrupts: Interrupts
) -> None:
    """Migrate, unless the embedded database is known to be up to date.

    Args:
        cluster_dir: Folder of the embedded database; None if the database is somebody else's.
        environment: Names the database.
        data: Where the log goes.
        interrupts: Ends the wait.

    Raises:
        ProcessFailed: The database refused; the message has its last words.
        StopRequested: A stop was requested meanwhile.
    """
    if cluster_dir is None:
        _migrate(environment, data, interrupts)
    elif not _is_current(cluster_dir):
        _migrate(environment, data, interrupts)
        (cluster_dir / _NOTE).write_text(_migrations())


def _is_current(cluster_dir: Path) -> bool:
    note = cluster_dir / _NOTE
    return note.exists() and note.read_text() == _migrations()


def _migrations() -> str:
    return "".join(f"{path.name}\n" for path in sorted(_MIGRATIONS.glob("*.py")))


def _migrate(environment: Mapping[str, str], data: DataDir, interrupts: Interrupts) -> None:
    """In a process of its own: this one stays small."""
    process = Process(name="migrate", command=(sys.executable, "-m", "pixelmill.stack.migration"))
    with (data.logs / "migrate.log").open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - the command is ours
            process.guarded(hold=data.run), env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        ended = interrupts.wait_for(lambda: child.poll() is not None, MIGRATE_SECONDS)
    finally:
        child.terminate()
        child.wait()
    if not ended or child.returncode:
        raise ProcessFailed(f"the schema of the trail could not be brought up to date: {last_words(data, 'migrate')}")

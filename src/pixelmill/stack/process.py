"""What it takes to run one process: its command, and how it is to be ended."""

import signal
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from signal import SIGKILL, SIGTERM

from pixelmill.stack import guardian


class Identity(StrEnum):
    """Who a process runs as; see `guardian.take_identity`."""

    OWN = "own"
    NAMESPACE = "namespace"
    NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process of the stack.

    Attributes:
        name: The role or server, as in the name of its log.
        command: Program and arguments.
        stop_signal: What makes it stop in order.
        orphan_signal: What it gets when nobody supervises it any more.
        stop_seconds: How long stopping may take; then it is killed.
        identity: Who it runs as.
    """

    name: str
    command: tuple[str, ...]
    stop_signal: signal.Signals = SIGTERM
    orphan_signal: signal.Signals = SIGKILL
    stop_seconds: float = 10.0
    identity: Identity = Identity.OWN

    def guarded(self, hold: Path | None = None) -> list[str]:
        """The command line that runs it under a guardian.

        Args:
            hold: Folder on which a shared lock is kept as long as the process or any heir of it lives.
        """
        return [
            *(sys.executable, "-I", "-S", guardian.__file__),
            f"stop_signal={self.stop_signal.name.removeprefix('SIG')}",
            f"orphan_signal={self.orphan_signal.name.removeprefix('SIG')}",
            f"stop_seconds={self.stop_seconds}",
            f"identity={self.identity}",
            *([f"hold={hold}"] if hold else []),
            "--",
            *self.command,
        ]

"""What a check found."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NOT_RUNNING: Final = "none runs; pixelmill up starts its own"
"""Of a server that no setting names, while `pixelmill up` does not run either."""


class Level(StrEnum):
    """How good or bad it is."""

    OK = "ok"
    SKIPPED = "skipped"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report.

    Attributes:
        about: What was looked at.
        level: `problem` makes the command fail, `warning` does not.
        says: What was found.
        repair: What to do about it; empty where nothing is wrong.
    """

    about: str
    level: Level
    says: str
    repair: str = ""


def ok(about: str, says: str) -> Finding:
    """Nothing is wrong."""
    return Finding(about, Level.OK, says)


def skipped(about: str, says: str) -> Finding:
    """It was not looked at."""
    return Finding(about, Level.SKIPPED, says)


def warning(about: str, says: str, repair: str) -> Finding:
    """It works, but not as well or as safely as it could."""
    return Finding(about, Level.WARNING, says, repair)


def problem(about: str, says: str, repair: str) -> Finding:
    """It does not work."""
    return Finding(about, Level.PROBLEM, says, repair)

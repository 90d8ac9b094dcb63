"""`pip install pixelmill` has the client library and its commands, and none of what the servers need."""

import subprocess
import sys
from importlib.metadata import packages_distributions, requires
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NOBODY: Final = "http://127.0.0.1:9"

WITHOUT: Final = """
import sys


class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in absent:
            raise ModuleNotFoundError(f"{name} is not installed", name=name)


absent = set(sys.argv.pop(1).split(","))
sys.meta_path.insert(0, Absent())
"""
"""Have modules be absent, as they are where only the client is installed."""

COMMAND: Final = f"{WITHOUT}from pixelmill.cli.main import app; app(prog_name='pixelmill')"


def what_comes_with(distribution: str, known: set[str]) -> set[str]:
    """A distribution and all it requires, but for its extras."""
    name = canonicalize_name(distribution)
    if name not in known:
        known.add(name)
        for required in map(Requirement, requires(name) or []):
            if required.marker is None or required.marker.evaluate({"extra": ""}):
                what_comes_with(required.name, known)
    return known


@pytest.fixture(scope="module")
def absent() -> str:
    """The modules of everything else that is installed here."""
    here = what_comes_with("pixelmill", set())
    return ",".join(
        module
        for module, distributions in packages_distributions().items()
        if not here & {canonicalize_name(name) for name in distributions}
    )


def run(code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_the_client_is_there(absent: str) -> None:
    """All of it; what servers need is not."""
    imported = run(f"{WITHOUT}from pixelmill.client import *", absent)
    assert imported.returncode == 0, imported.stderr
    assert run(f"{WITHOUT}import bullmq", absent).returncode != 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("version",), 0),
        (("submit", "https://example.com/cat.jpg", "--width", "9", "--server", NOBODY), 3),
        (("status", "1" * 32, "--server", NOBODY), 3),
        (("history", "--server", NOBODY), 3),
        (("watch", "--once", "--server", NOBODY), 3),
        (("cancel", "1" * 32, "--server", NOBODY), 3),
        (("dead-letters", "list", "--server", NOBODY), 3),
        (("sign", "https://example.com/cat.jpg", "--width", "9", "--key", "k" * 16), 0),
        (("doctor",), 2),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_what_asks_a_service_needs_no_extra(absent: str, arguments: tuple[str, ...], code: int) -> None:
    """These fail for want of a service at most; `doctor` says what it needs."""
    ended = run(COMMAND, absent, *arguments)

    assert (ended.returncode, "is not installed" in ended.stderr) == (code, arguments == ("doctor",)), ended.stderr

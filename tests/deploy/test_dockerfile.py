"""Dockerfile: one image a role, each with what it needs and no more."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.deploy.conftest import ROOT

TEXT: Final = (ROOT / "Dockerfile").read_text()
INSTRUCTIONS: Final = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", TEXT, flags=re.MULTILINE)).splitlines()
LOCKS: Final = ROOT / "requirements"


def stage(name: str) -> list[str]:
    """The instructions of a stage, and before them those of the stages it is built on."""
    starts = [(number, line.split()) for number, line in enumerate(INSTRUCTIONS) if line.startswith("FROM ")]
    for index, (number, (_, base, _as, found)) in enumerate(starts):
        if found == name:
            end = starts[index + 1][0] if index + 1 < len(starts) else len(INSTRUCTIONS)
            return ([] if base.startswith("$") else stage(base)) + INSTRUCTIONS[number + 1 : end]
    raise AssertionError(f"there is no stage {name}")


def locked(role: str) -> set[str]:
    """The distributions in a role's lock."""
    return set(re.findall(r"^([a-z0-9-]+)==", (LOCKS / f"{role}.lock").read_text(), re.MULTILINE))


def test_hadolint_finds_nothing() -> None:
    """The linter for Dockerfiles, with its own defaults."""
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run(
        [hadolint, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, check=False, timeout=60
    )

    assert found.returncode == 0, found.stdout


def test_every_engine_can_build_it() -> None:
    """Nothing needs BuildKit, or a front end that would be pulled first."""
    assert not re.search(r"^# *syntax=|<<|--mount|--link|--chmod", TEXT, re.MULTILINE)


@pytest.mark.parametrize("role", ["api", "worker", "cleanup_crew", "nginx"])
def test_a_role_is_not_root(role: str) -> None:
    """By number, so that Kubernetes can tell too."""
    users = [line.split()[1] for line in stage(role) if line.startswith("USER ")]

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])


def test_what_is_copied_is_sent_to_the_engine() -> None:
    """.dockerignore lets in what the Dockerfile copies, and nothing else."""
    copied = {
        source.strip("/").split("/")[0]
        for line in INSTRUCTIONS
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    }
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert let_in == copied


@pytest.mark.parametrize("role", ["api", "worker", "cleanup_crew"])
def test_dependencies_are_locked(role: str) -> None:
    """Installed from hashes, and afterwards from nowhere else."""
    commands = [
        command for line in stage(f"{role}_environment") for command in line.split("&&") if "bin/pip" in command
    ]

    assert any(f"--require-hashes --requirement requirements/{role}.lock" in command for command in commands)
    assert [command for command in commands if "--require-hashes" not in command and "--no-index" not in command] == []


def test_the_api_has_no_decoder() -> None:
    """A request that carries an image cannot make the api decode it."""
    assert "pyvips" in locked("worker")
    assert not {"pyvips", "pyvips-binary"} & (locked("api") | locked("cleanup_crew"))


def test_the_image_that_migrates_can() -> None:
    """`migrate` runs in the image of the cleanup crew."""
    assert {"alembic", "psycopg"} <= locked("cleanup_crew")


@pytest.mark.parametrize("lock", sorted(LOCKS.glob("*.lock")), ids=lambda path: path.name)
def test_every_requirement_has_a_hash(lock: Path) -> None:
    """What was reviewed is what is installed."""
    requirements = re.sub(r" *\\\n *", " ", lock.read_text()).splitlines()

    assert [line for line in requirements if "==" in line and "--hash=sha256:" not in line] == []

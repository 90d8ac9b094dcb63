"""The locks agree with pyproject.toml and with each other, and name no host."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
LOCKS = {path.stem: path.read_text() for path in sorted((ROOT / "requirements").glob("*.lock"))}
ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(.*?)(?=^[A-Za-z]|\Z)", re.MULTILINE | re.DOTALL)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def versions(lock: str) -> dict[str, set[str]]:
    """Versions by package; a package may have several, for different Pythons."""
    found: dict[str, set[str]] = {}
    for name, version, _ in ENTRY.findall(LOCKS[lock]):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def requirements(extra: str | None) -> list[Requirement]:
    """What an extra asks for, with what the extras it includes ask for."""
    listed = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    asked = []
    for requirement in map(Requirement, listed):
        if requirement.name == PROJECT["name"]:
            asked += [inner for included in requirement.extras for inner in requirements(included)]
        else:
            asked.append(requirement)
    return asked


def test_there_is_a_lock_for_each_purpose() -> None:
    """One an image, one for the machine, one for tests, one for benchmarks, one for what is built."""
    assert set(LOCKS) == {"api", "bench", "build", "cleanup_crew", "test", "up", "worker"}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_hashes(lock: str) -> None:
    """What was not promised is refused."""
    entries = ENTRY.findall(LOCKS[lock])

    assert entries
    assert [name for name, _, rest in entries if "--hash=sha256:" not in rest] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_host_is_named(lock: str) -> None:
    """A clone is installed from whatever index its machine uses."""
    assert not re.search(r"://|--(extra-)?index-url|--find-links|@ ", LOCKS[lock])


@pytest.mark.parametrize("lock", [name for name in LOCKS if name != "test"])
def test_a_package_has_one_version_everywhere(lock: str) -> None:
    """What is tested is what runs. Benchmarks alone have packages besides."""
    tested, locked = versions("test"), versions(lock)
    known = tested.keys() if lock == "bench" else locked.keys()

    assert {name: locked[name] for name in locked.keys() & known if not locked[name] <= tested.get(name, set())} == {}


@pytest.mark.parametrize("lock", [name for name in LOCKS if name != "build"])
def test_the_lock_has_what_the_project_asks_for(lock: str) -> None:
    """A dependency that was added without `./run lock` is missed here, not in an image."""
    locked = versions(lock)
    asked = requirements(None) + requirements(lock.replace("_", "-"))

    missing = [
        str(requirement)
        for requirement in asked
        if not any(map(requirement.specifier.contains, locked.get(canonicalize_name(requirement.name), set())))
    ]
    assert missing == []


def test_the_api_cannot_decode() -> None:
    """The codecs are in the worker's image alone."""
    assert "pyvips" in versions("worker")
    assert not {"pyvips", "pyvips-binary", "pillow"} & set(versions("api"))

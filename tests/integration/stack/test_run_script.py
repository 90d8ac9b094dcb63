"""`run` is portable shell, and says itself what it can do."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
RUN = ROOT / "run"


def run(*arguments: str, root: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(root / "run"), *arguments],
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_alone_it_lists_every_command() -> None:
    """The list is made from the comments above the commands, so that none is forgotten."""
    commands = re.findall(r"^run_([a-z]+)\(\)", RUN.read_text(), re.MULTILINE)

    listed = re.findall(r"^  ([a-z]+)\b.*: ", run().stdout, re.MULTILINE)

    assert listed == commands
    assert {"up", "test", "fuzz", "lint", "types", "fmt", "lock", "bench", "docs", "clean", "help"} == set(commands)


def test_an_unknown_command_is_refused() -> None:
    """With the list, and an exit code."""
    done = run("frobnicate")

    assert (done.returncode, "there is no command 'frobnicate'" in done.stderr) == (1, True)


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_it_is_portable_shell(script: str) -> None:
    """POSIX sh, as shellcheck reads it."""
    shellcheck = str(Path(sys.executable).with_name("shellcheck"))

    subprocess.run([shellcheck, "--shell", "sh", str(ROOT / script)], check=True)


@pytest.fixture
def bare_clone(tmp_path: Path) -> Path:
    """The script and what it installs, without an environment."""
    clone = tmp_path / "clone"
    shutil.copytree(ROOT / "requirements", clone / "requirements")
    for name in ("run", "pyproject.toml"):
        shutil.copy(ROOT / name, clone / name)
    return clone


def tools(folder: Path, **programs: str) -> str:
    """A PATH with the shell's own tools and these programs."""
    folder.mkdir()
    for name in ("sh", "dirname", "cat", "cksum", "rm", "tr", "awk", "id", "env"):
        (folder / name).symlink_to(shutil.which(name) or name)
    for name, script in programs.items():
        program = folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    return str(folder)


def test_an_old_python_is_not_enough(bare_clone: Path, tmp_path: Path) -> None:
    """It says which one is needed."""
    path = tools(tmp_path / "bin", python3="exit 1")

    done = run("up", root=bare_clone, PATH=path)

    assert (done.returncode, done.stderr) == (1, "run: Python 3.11 or newer is needed and was not found.\n")


def test_a_python_that_makes_no_environments_is_told_how_to(bare_clone: Path, tmp_path: Path) -> None:
    """As on bare Debian: the one command to run is printed, and nothing half made stays."""
    python = f"""
case "$*" in
    *"import ensurepip"* | *"import pip"*) exit 1 ;;
    *) exec {sys.executable} "$@" ;;
esac"""
    path = tools(tmp_path / "bin", python3=python)

    done = run("up", root=bare_clone, PATH=path)

    assert done.returncode == 1
    assert re.search(r"apt-get install python3\.\d+-venv", done.stderr)
    assert not (bare_clone / ".venv").exists()


def test_what_is_installed_is_not_installed_again(bare_clone: Path, tmp_path: Path) -> None:
    """A second start goes straight to the program; a changed lock is installed."""
    venv = bare_clone / ".venv" / "bin"
    venv.mkdir(parents=True)
    asked = tmp_path / "asked"
    for name, script in {"python": f'echo "$*" >>{asked}', "pixelmill": 'echo "pixelmill $*"'}.items():
        (venv / name).write_text(f"#!/bin/sh\n{script}\n")
        (venv / name).chmod(0o755)
    path = tools(tmp_path / "bin", python3=f'exec {sys.executable} "$@"')

    first = run("up", "--port", "1", root=bare_clone, PATH=path)
    installed = asked.read_text()
    run("up", root=bare_clone, PATH=path)
    assert asked.read_text() == installed
    with (bare_clone / "requirements" / "up.lock").open("a") as lock:
        lock.write("# changed\n")
    run("up", root=bare_clone, PATH=path)

    assert first.stdout == f"pixelmill up --data-dir {bare_clone}/.data --port 1\n"
    assert installed.count("--require-hashes") == 2
    assert asked.read_text().count("--require-hashes") == 4

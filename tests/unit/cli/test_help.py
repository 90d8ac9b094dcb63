"""The command as a whole."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from pixelmill.cli.main import app

COMMANDS = (
    *("up", "api", "worker", "cleanup-crew", "migrate", "recover"),
    *(
        "submit",
        "status",
        "history",
        "watch",
        "cancel",
        "resize",
        "sign",
        "doctor",
        "version",
        "dead-letters",
        "api-keys",
    ),
)
SLOW = {"pydantic", "httpx", "rich", "flask", "redis", "bullmq", "sqlalchemy", "aiohttp", "obstore", "pyvips"}


def test_help_is_instant() -> None:
    """Nothing that takes long to load is loaded before a command runs; nor is anything that needs an extra."""
    program = "import json, sys; import pixelmill.cli.main; print(json.dumps(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60).stdout

    assert not SLOW & set(json.loads(loaded))


def test_help_lists_every_command() -> None:
    """In the order in which a person meets them."""
    printed = CliRunner().invoke(app, ["--help"]).stdout
    listed = [line.split()[0] for line in printed.partition("Commands:")[2].splitlines() if line.strip()]

    assert tuple(listed) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    """Also those of the roles."""
    shown = CliRunner().invoke(app, [command, "--help"])

    assert shown.exit_code == 0
    assert f" {command} " in shown.stdout.splitlines()[0]


@pytest.mark.parametrize("command", ["submit", "status", "cancel", "dead-letters", "api-keys", "resize", "doctor"])
def test_the_exit_codes_are_in_the_help(command: str) -> None:
    """A script's author need not look elsewhere."""
    assert "3  the service or a server cannot be reached" in CliRunner().invoke(app, [command, "--help"]).stdout


@pytest.mark.parametrize(
    ("words", "completed"),
    [("pixelmill re", ["recover", "resize"]), ("pixelmill submit --without-e", ["--without-enlargement"])],
)
def test_a_shell_completes_commands_and_options(words: str, completed: list[str]) -> None:
    """By the program itself: what `--install-completion` writes asks it."""
    environment = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), "_PIXELMILL_COMPLETE": "complete_bash"}
    asked = CliRunner().invoke(app, [], prog_name="pixelmill", env=environment)

    assert asked.stdout.split() == completed


def test_an_empty_folder_is_refused() -> None:
    """`--data-dir "$UNSET"` would otherwise fill the current folder."""
    ended = CliRunner().invoke(app, ["up", "--data-dir", ""])

    assert ended.exit_code == 2
    assert "expected a folder" in ended.output


def test_the_version_is_printed() -> None:
    """With that of Python, which decides what wheels there are."""
    assert CliRunner().invoke(app, ["version"]).stdout.startswith("pixelmill 0.")

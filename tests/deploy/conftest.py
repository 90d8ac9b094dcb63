"""The deployment files, as the real tools read them. No engine is needed."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PASSWORDS: Final = {"POSTGRES_PASSWORD": "canary-of-postgres", "REDIS_PASSWORD": "canary-of-redis"}
"""Found again wherever the rendered file uses a password."""

REQUIRED: Final = PASSWORDS | {"PIXELMILL_API_ACCESS": "keys"}
"""What a person has to say before anything starts."""


def compose_config(
    environment: dict[str, str], env_file: Path, files: Sequence[str] = ("docker-compose.yml",)
) -> "subprocess.CompletedProcess[str]":
    """Run `docker compose config` with nothing but these variables, and no `.env` of the working copy."""
    return subprocess.run(
        [
            *(Path(sys.executable).with_name("docker-compose"), "--env-file", env_file),
            *(part for file in files for part in ("--file", ROOT / file)),
            *("config", "--format", "json"),
        ],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="session")
def compose(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """docker-compose.yml as Compose understands it, with its defaults filled in."""
    env_file = tmp_path_factory.mktemp("compose") / "env"
    env_file.touch()
    rendered = compose_config(REQUIRED, env_file)
    assert rendered.returncode == 0, rendered.stderr
    parsed: dict[str, Any] = json.loads(rendered.stdout)
    return parsed


@pytest.fixture(scope="session")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every service by name."""
    found: dict[str, dict[str, Any]] = compose["services"]
    return found

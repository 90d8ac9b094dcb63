""".env.example: all a person has to read before the first `docker compose up`."""

import re
import subprocess

from pixelmill.settings import Settings, environment_name
from tests.deploy.conftest import PASSWORDS, ROOT

TEXT = (ROOT / ".env.example").read_text()
ASSIGNED = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", TEXT, re.MULTILINE))
COMPOSE = "".join(file.read_text() for file in ROOT.glob("docker-compose*.yml"))
OF_THE_BUCKET = {"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"}
"""Read by the library that talks to it."""


def test_it_has_no_secrets() -> None:
    """Both passwords are named and left empty."""
    assert {name: ASSIGNED[name] for name in PASSWORDS} == dict.fromkeys(PASSWORDS, "")


def test_every_variable_in_it_is_read_by_something() -> None:
    """By docker-compose.yml or as a setting: a name that nobody reads is a trap."""
    settings = {environment_name(group, field) for group in Settings.groups().values() for field in group.model_fields}
    compose = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))

    assert set(ASSIGNED) <= settings | compose | OF_THE_BUCKET


def test_the_real_one_cannot_be_committed() -> None:
    """Git ignores it, and none is tracked."""
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()
    tracked = subprocess.run(["git", "ls-files", ".env"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert tracked.stdout == ""

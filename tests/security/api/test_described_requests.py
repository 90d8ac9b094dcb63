"""Requests made from the service's own description of itself, valid and broken, by a program that knows no other."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import httpx
import pytest

from pixelmill.access.keys import ApiKeys
from pixelmill.audit.migrate import migrate
from pixelmill.domain.access import CreateApiKeyRequest, Scope
from pixelmill.settings import AuditSettings
from tests.support.api_server import ApiServer
from tests.support.toy_worker import ToyWorker

SCHEMATHESIS: Final = Path(sys.executable).with_name("schemathesis")

# What a schema cannot say: a width or a height has to be there, some parameters exclude each other, a URL needs a host.
UNDESCRIBABLE: Final = "positive_data_acceptance"

# Each line of a batch is answered by itself: no batch breaks a schema as a whole.
BATCH: Final = "/queue-tasks"


@pytest.fixture
def settings() -> dict[str, str]:
    return {}


@pytest.fixture
def api(redis_url: str, database_url: str, settings: dict[str, str], tmp_path: Path) -> Iterator[ApiServer]:
    migrate(database_url)
    with (
        ApiServer(
            redis_url=redis_url,
            database_url=database_url,
            folder=tmp_path,
            PIXELMILL_API_MAX_WAIT_SECONDS="0.1",
            PIXELMILL_API_ACCESS="keys",
            **settings,
        ) as server,
        ToyWorker(redis_url),
    ):
        yield server


@pytest.fixture
def key(database_url: str, api: ApiServer) -> str:
    """A key that opens everything."""
    del api  # it has made the schema
    with closing(ApiKeys(AuditSettings(database_url=database_url))) as keys:
        return keys.create(CreateApiKeyRequest(tenant="all", scopes=frozenset(Scope)))[1]


def test_the_service_does_as_it_says(api: ApiServer, key: str, tmp_path: Path) -> None:
    """No request gets a 5xx, a status or a body that is not described, or passes although it breaks the schema.

    And what takes a key is closed without one.
    """
    check(api, key, tmp_path, max_examples=50)


@pytest.mark.parametrize(
    "settings", [{"PIXELMILL_API_SUBMISSIONS_PER_MINUTE": "20", "PIXELMILL_API_READS_PER_MINUTE": "20"}], ids=["few"]
)
def test_it_refuses_as_it_says(api: ApiServer, key: str, tmp_path: Path) -> None:
    """Where limits are set most of these requests are too many."""
    check(api, key, tmp_path, max_examples=10)
    told = httpx.get(f"{api.url}/metrics").text
    assert all(f'pixelmill_rate_limited_total{{limit="{limit}"}}' in told for limit in ("submissions", "reads"))


def check(api: ApiServer, key: str, folder: Path, *, max_examples: int) -> None:
    options = (
        "--exclude-checks",
        UNDESCRIBABLE,
        "--exclude-path",
        BATCH,
        "--max-examples",
        str(max_examples),
        "--seed",
        "20261124",
        "--no-color",
        "--header",
        f"Authorization: Bearer {key}",
    )
    checked = subprocess.run(
        [SCHEMATHESIS, "run", f"{api.url}/openapi.json", *options],
        cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("schemathesis_hooks.py"))},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr

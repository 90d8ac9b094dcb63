"""`/ready` where the store is a bucket: cheap, and answered in time whatever the bucket does."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.api_server import ApiServer
from tests.support.s3_server import S3Server, Space
from tests.support.stumbling import Fault, Stumbling, stumbling
from tests.support.wait import wait_until

ANSWER_SECONDS = 5.0
"""When a health check gives up."""
HOLDS_SECONDS = 10.0
"""How long an answer of the bucket is given again."""


@pytest.fixture
def proxy(s3_server: S3Server) -> Iterator[Stumbling]:
    """What stands before the bucket; it passes everything on."""
    with stumbling(s3_server.endpoint, list(Fault), every=0) as proxy:
        yield proxy


@pytest.fixture
def api(
    proxy: Stumbling, package_redis_url: str, package_database_url: str, s3_server: S3Server, tmp_path: Path
) -> Iterator[ApiServer]:
    with ApiServer(
        redis_url=package_redis_url,
        database_url=package_database_url,
        folder=tmp_path / "api",
        **Space(s3_server, proxy.url).environment,
    ) as server:
        yield server


@contextmanager
def everything_fails(proxy: Stumbling, fault: Fault) -> Iterator[None]:
    proxy.fail_with([fault], every=1)
    yield
    proxy.fail_with([fault], every=0)


def ready(api: ApiServer) -> httpx.Response:
    return httpx.get(f"{api.url}/ready", timeout=ANSWER_SECONDS)


def test_many_who_ask_cost_one_request(api: ApiServer, proxy: Stumbling) -> None:
    """Load balancers and orchestrators ask every few seconds, each on its own."""
    assert [ready(api).status_code for _ in range(50)] == [200] * 50
    assert proxy.seen <= 2


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.ERROR, Fault.RESET])
def test_a_bucket_that_fails_is_told_in_time_and_so_is_its_return(
    api: ApiServer, proxy: Stumbling, fault: Fault
) -> None:
    """The answer names the store; no other request waits for the bucket meanwhile."""
    with everything_fails(proxy, fault):
        started_at = time.monotonic()
        answer = ready(api)
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert answer.json()["checks"]["store"] == "unavailable"
        assert time.monotonic() - started_at < ANSWER_SECONDS
        assert httpx.get(f"{api.url}/health").is_success
    wait_until(lambda: ready(api).is_success, HOLDS_SECONDS + ANSWER_SECONDS)

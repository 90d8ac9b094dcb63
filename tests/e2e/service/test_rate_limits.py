"""Rate limits behind nginx: who calls is what nginx sees, whatever the caller says."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from pixelmill.audit.migrate import migrate
from pixelmill.client import Client
from pixelmill.domain.task import Status
from tests.support.api_server import ApiServer
from tests.support.front import Front
from tests.support.ports import free_port
from tests.support.rate_time import let_pass
from tests.support.toy_worker import ToyWorker

SUBMISSIONS, READS = 3, 5
SENT_FROM: Final = "X-Test-Sent-From"
"""In these tests nginx takes this for the address of its client: this machine has none that is from outside."""


@pytest.fixture
def front(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[str]:
    migrate(database_url)
    with ApiServer(
        redis_url=redis_url,
        database_url=database_url,
        folder=tmp_path / "api",
        PIXELMILL_API_SUBMISSIONS_PER_MINUTE=str(SUBMISSIONS),
        PIXELMILL_API_READS_PER_MINUTE=str(READS),
    ) as api:

        def change(configuration: str) -> str:
            there = api.url.removeprefix("http://")
            to_api = re.sub(r"server 127\.0\.0\.1:\d+ max_fails=0;", f"server {there} max_fails=0;", configuration)
            return to_api.replace("\nhttp {", f"\nhttp {{ set_real_ip_from 127.0.0.1; real_ip_header {SENT_FROM};")

        folder = tmp_path / "front"
        folder.mkdir()
        with ToyWorker(redis_url), Front(folder, free_port(), change) as front:
            yield front.base_url


def client_at(front: str, address: str) -> httpx.Client:
    return httpx.Client(base_url=front, timeout=15, headers={SENT_FROM: address})


def submit(http: httpx.Client, **headers: str) -> httpx.Response:
    task = {"image_url": "https://example.com/behind-nginx", "parameters": {"width": 100}}
    return http.post("/queue-task", json=task, headers=headers)


def test_a_caller_cannot_say_who_it_is(front: str) -> None:
    """Neither somebody else, nor this machine."""
    with client_at(front, "203.0.113.1") as http:
        for number in range(SUBMISSIONS):
            assert submit(http, **{"X-Forwarded-For": f"198.51.100.{number}"}).is_success
        for said in ("198.51.100.9", "127.0.0.1", "198.51.100.9, 127.0.0.1", ""):
            refused = submit(http, **{"X-Forwarded-For": said, "Forwarded": "for=127.0.0.1", "X-Real-IP": said})
            assert (refused.status_code, refused.json()["code"]) == (429, "too_many_submissions")
    for number in range(SUBMISSIONS):
        with client_at(front, f"198.51.100.{number}") as named:
            assert f";r={SUBMISSIONS - 1};" in submit(named).headers["RateLimit"]


def test_each_limit_is_told_apart_to_the_end(front: str) -> None:
    """What was submitted is fetched to its end although no more may be, and the refusal comes through as it is."""
    with client_at(front, "2001:db8::1") as http:
        path = submit(http).headers["Location"]
        while (refused := submit(http)).is_success:
            pass
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_submissions")
        assert refused.headers.get_list("Retry-After") == [refused.headers["RateLimit"].rpartition("t=")[2]]
        task = http.get(path, headers={"Prefer": "wait=10"})
        assert task.json()["status"] == "completed"
        assert task.headers["RateLimit-Policy"] == f'"reads";q={READS};w=60'
        while (refused := http.get(path)).is_success:
            pass
        assert refused.json()["code"] == "too_many_reads"


def test_this_machine_is_not_counted(front: str) -> None:
    """As nginx counts it not."""
    with httpx.Client(base_url=front, timeout=15) as http:
        assert all(submit(http).is_success for _ in range(2 * SUBMISSIONS))


def test_the_client_library_waits_as_told(front: str, redis_url: str) -> None:
    """To submit, and to follow what it has submitted."""
    caller = "203.0.113.2"
    with client_at(front, caller) as http:
        path = submit(http).headers["Location"]
        while submit(http).is_success:
            pass
        while http.get(path).is_success:
            pass
    let_pass(redis_url, caller, 58)
    with Client(front) as client:
        client._driver._http.headers[SENT_FROM] = caller
        started = time.monotonic()
        task = client.submit("https://example.com/client", width=100)
        assert client.wait(task, timeout_seconds=30).status is Status.COMPLETED
        assert time.monotonic() - started > 1

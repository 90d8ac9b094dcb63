"""Whatever is sent, the answer is JSON and nobody's fault but the sender's."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pixelmill.audit.migrate import migrate
from pixelmill.domain.transformation import Transformation
from tests.support.api_server import ApiServer
from tests.support.servers import PostgresServer, ValkeyServer

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=10), children, max_size=3),
    max_leaves=8,
)
PARAMETERS = st.dictionaries(
    st.sampled_from(sorted(Transformation.model_fields)) | st.text(max_size=10),
    st.integers(-1, 9000) | st.sampled_from(["cover", "center", "webp", "#fff"]) | JSON_VALUES,
    max_size=5,
)
URLS = st.sampled_from(["https://example.com/fuzz", "http://[::1]/", "//", "https://例え.jp/"]) | st.text(max_size=40)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "image_url": URLS | JSON_VALUES,
        "parameters": PARAMETERS | JSON_VALUES,
        "variants": st.dictionaries(st.text(max_size=10), PARAMETERS, max_size=3) | JSON_VALUES,
        "priority": st.sampled_from(["interactive", "bulk"]) | JSON_VALUES,
        "refresh": st.booleans() | JSON_VALUES,
    },
)
HEADER_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)

# The server is shared by all examples, on purpose: none may harm the next.
fuzzed = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def http(_shared_postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """One api for all tests of this file."""
    database_url = _shared_postgres.create_database()
    migrate(database_url)
    folder = tmp_path_factory.mktemp("fuzzed")
    with (
        ValkeyServer() as valkey,
        ApiServer(redis_url=valkey.url, database_url=database_url, folder=folder, PIXELMILL_API_THREADS="8") as api,
        httpx.Client(base_url=api.url, timeout=15) as client,
    ):
        yield client
    _shared_postgres.drop_database(database_url)


def check(answer: httpx.Response) -> None:
    """JSON, and never a fault of the service."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
    elif answer.content:
        assert answer.headers["Content-Type"] == "application/json"
        answer.json()


@given(REQUESTS | JSON_VALUES)
@fuzzed
def test_any_json(http: httpx.Client, body: Any) -> None:  # noqa: ANN401 - any JSON
    """Right and wrong fields, types, sizes and nestings."""
    text = json.dumps(body).encode()
    check(http.post("/queue-task", content=text, headers={"Content-Type": "application/json"}))


@given(st.lists((REQUESTS | JSON_VALUES).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40)))
@fuzzed
def test_any_batch(http: httpx.Client, lines: list[bytes]) -> None:
    """Lines of JSON, right and wrong, among bytes that may break lines themselves."""
    answer = http.post("/queue-tasks", content=b"\n".join(lines), headers={"Content-Type": "application/x-ndjson"})
    if not answer.is_success:
        check(answer)
        return
    for number, line in enumerate(answer.text.splitlines(), start=1):
        outcome = json.loads(line)
        assert (outcome["line"], outcome["status"] < 500) == (number, True), outcome


@given(st.binary(max_size=200), HEADER_TEXT)
@fuzzed
def test_any_bytes_under_any_type(http: httpx.Client, body: bytes, content_type: str) -> None:
    """Half of them under the names of what is read."""
    for name in (content_type, "application/json", "multipart/form-data; boundary=a"):
        check(http.post("/queue-task", content=body, headers={"Content-Type": name.strip()}))


@given(st.text(max_size=30), st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=3), HEADER_TEXT)
@fuzzed
def test_any_path_query_and_preference(http: httpx.Client, text: str, query: dict[str, str], header: str) -> None:
    """On every route that reads them."""
    headers = {"Prefer": header.strip(), "If-None-Match": header.strip(), "X-Request-Id": header.strip()}
    for path in ("/task-status/", "/task-history/"):
        check(http.get(path + quote(text), params=query, headers=headers))
    known = {"limit": text, "status": text, "since": text, "until": text, "source": text, "cursor": text}
    check(http.get("/task-history", params=query | known, headers=headers))

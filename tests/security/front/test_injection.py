"""What a request says is never taken for a header, a path or markup of the answer."""

from typing import Final

import httpx
import pytest

from tests.support.pictures import photo

BREAKS: Final = ("%0d%0aX-Injected:%20yes", "%0aX-Injected:%20yes", "%E5%98%8A%E5%98%8DX-Injected:%20yes", "%00")


@pytest.mark.parametrize("text", BREAKS)
@pytest.mark.parametrize("path", ["/{}", "/task-status/{}", "/images/{}", "/task-history?cursor={}", "/docs?x={}"])
def test_a_line_break_in_a_url_starts_no_header(http: httpx.Client, path: str, text: str) -> None:
    """Of whoever answers, nginx or the api."""
    answer = http.get(path.format(text))

    assert "x-injected" not in answer.headers
    assert b"X-Injected: yes" not in answer.content


@pytest.mark.parametrize("name", ["X-Request-Id", "X-Forwarded-For", "X-Forwarded-Host", "X-Original-URL", "Forwarded"])
def test_headers_of_a_proxy_are_not_believed(http: httpx.Client, name: str) -> None:
    """A client cannot choose the id of its request, its address, or the path that is served."""
    answer = http.get("/health", headers={name: "injected.example"})

    assert answer.json() == {"status": "ok"}
    assert "injected.example" not in str(answer.headers)


def test_a_foreign_host_is_not_repeated(http: httpx.Client) -> None:
    """Locations and URLs of results are relative: no cache can be filled with links to somebody else's host."""
    files = {"image": ("a.jpg", photo(64, 48, seed=1)), "task": ("", b'{"parameters": {"width": 5}}')}
    told = {"X-Forwarded-Host": "injected.example", "Forwarded": "host=injected.example"}
    answer = http.post("/queue-task", files=files, headers=told)
    assert answer.is_success
    assert answer.headers["Location"].startswith("/task-status/")
    assert "injected.example" not in answer.text

    refused = http.post("/queue-task", files=files, headers={"Host": "injected.example"})
    assert (refused.status_code, refused.json()["code"]) == (403, "foreign_request")
    assert "injected.example" not in refused.text + str(refused.headers)


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "a\x00.jpg", '"><script>alert(1)</script>.jpg', "a\\..\\b.jpg"]
)
def test_the_name_of_an_upload_is_not_used(http: httpx.Client, name: str) -> None:
    """Not as a path, and nowhere in the answer."""
    files = {"image": (name, photo(64, 48, seed=2)), "task": ("", b'{"parameters": {"width": 6}}')}
    answer = http.post("/queue-task", files=files, headers={"Prefer": "wait=20"})

    assert answer.is_success
    assert "passwd" not in answer.text
    assert "script" not in answer.text


def test_problems_are_no_markup(http: httpx.Client) -> None:
    """What was received is repeated as JSON, which no browser renders."""
    body = {"image_url": "http://a/<script>", "parameters": {"fit": "<script>alert(1)</script>"}}
    answer = http.post("/queue-task", json=body)

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"

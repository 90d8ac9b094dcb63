"""Results in a bucket, as the public sees them: as if they lay on nginx's own disk."""

import ssl
import threading
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
import trustme

from pixelmill.settings import StoreSettings
from pixelmill.store.keys import image_url_of, result_key
from pixelmill.store.store import Store
from tests.integration.stack.test_nginx import assert_problem
from tests.support.front import Answer, Api, Front
from tests.support.ports import free_port
from tests.support.s3_server import S3Server, Space

KEY = result_key("20261124T0430", "0123456789abcdef0123456789abcdef", "0a1b2c3d4e5f", "image.webp")
IMAGE = image_url_of(KEY)
CONTENT = bytes(range(256)) * 1000
SIGNATURE = "X-Amz-Signature"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def front(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    (folder / "frontend").mkdir()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(folder / "authority.pem"))
        front = Front(folder, free_port(), bucket=True)
    with front:
        yield front


@pytest.fixture
def http(front: Front) -> Iterator[httpx.Client]:
    front.api.requests.clear()
    with httpx.Client(base_url=front.base_url, timeout=10) as client:
        yield client


def redirect(front: Front, address: str) -> None:
    """Have the api redirect to an address."""
    front.api.answer = Answer(
        HTTPStatus.TEMPORARY_REDIRECT, b"", {"Location": address, "Cache-Control": "no-store", "X-Request-Id": "api's"}
    )


# --- a real bucket ---------------------------------------------------------------------------------------------------


@pytest.fixture
async def store(s3_space: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store in a bucket, with one image."""
    for name, value in s3_space.environment.items():
        monkeypatch.setenv(name, value)
    store = Store.open(StoreSettings(url=s3_space.url))
    (tmp_path / "image").write_bytes(CONTENT)
    await store.put_files({KEY: tmp_path / "image"})
    return store


@pytest.fixture
def signed(front: Front, store: Store) -> None:
    """The api redirects a GET to the image."""
    redirect(front, str(store.sign("GET", KEY)))


@pytest.mark.usefixtures("signed")
def test_an_image_is_served_from_this_origin_and_cached_for_its_life(http: httpx.Client, front: Front) -> None:
    """One origin, one rule of caching, and nothing of the bucket to be seen."""
    response = http.get(IMAGE)

    assert (response.status_code, response.content) == (200, CONTENT)
    assert response.headers["content-type"] == "image/webp"
    assert response.headers["cache-control"] == "public, max-age=3600, immutable"
    assert response.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["server"] == "nginx"
    assert response.headers["x-request-id"] != "api's"
    assert "location" not in response.headers
    assert [name for name in response.headers if "amz" in name] == []
    assert [(method, path) for method, path, _, _ in front.api.requests] == [("GET", IMAGE)]


@pytest.mark.usefixtures("signed")
def test_an_image_that_is_known_is_not_sent_again(http: httpx.Client) -> None:
    """The tag is the bucket's."""
    tag = http.get(IMAGE).headers["etag"]
    again = http.get(IMAGE, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "public, max-age=3600, immutable"


@pytest.mark.usefixtures("signed")
def test_a_part_of_an_image_can_be_asked_for(http: httpx.Client) -> None:
    """A download goes on where it broke off; a part that is not there is refused."""
    tag = http.get(IMAGE).headers["etag"]
    part = http.get(IMAGE, headers={"Range": "bytes=256-511", "If-Range": tag})
    assert (part.status_code, part.content) == (206, CONTENT[256:512])
    assert part.headers["content-range"] == f"bytes 256-511/{len(CONTENT)}"
    beyond = http.get(IMAGE, headers={"Range": "bytes=9000000-"})
    assert beyond.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE
    assert beyond.headers["content-type"] == "application/problem+json"


def test_the_head_of_an_image_tells_the_same(front: Front, http: httpx.Client, store: Store) -> None:
    """A signature is good for one method; the api signs for the one it was asked with."""
    redirect(front, str(store.sign("HEAD", KEY)))
    response = http.head(IMAGE)
    assert response.status_code == 200
    assert response.headers["content-length"] == str(len(CONTENT))
    assert response.headers["content-type"] == "image/webp"
    assert front.api.requests[0][0] == "HEAD"


async def test_an_image_that_is_gone_is_not_found(front: Front, http: httpx.Client, store: Store) -> None:
    """In our words, and not to be remembered: as where results lie in a folder."""
    redirect(front, str(store.sign("GET", KEY)))
    await store.delete([KEY])
    response = http.get(IMAGE)
    assert_problem(response, 404, "route_not_found")
    assert response.headers["cache-control"] == "no-store"


def test_a_signature_the_bucket_refuses_is_our_fault(front: Front, http: httpx.Client, s3_server: S3Server) -> None:
    """Rotated keys, clocks that differ: 503 and try again, never a 403 that a cache or a client believes."""
    redirect(front, s3_server.signed("GET", KEY) + "0")
    assert_problem(http.get(IMAGE), 503, "service_unavailable")


@pytest.mark.usefixtures("signed")
def test_the_log_has_no_signature(front: Front, http: httpx.Client) -> None:
    """Only the path that was asked for."""
    http.get(IMAGE)
    assert SIGNATURE not in front.running.log.read_text()


# --- a bucket that a test makes up -----------------------------------------------------------------------------------


@pytest.fixture
def bucket() -> Iterator[Api]:
    """Answers what it is told to, and keeps the requests."""
    server = Api()
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield server
    server.shutdown()
    server.server_close()
    serving.join()


@pytest.fixture
def address(front: Front, bucket: Api) -> str:
    """Where the api redirects to."""
    address = f"http://127.0.0.1:{bucket.server_port}/bucket/image.webp?{SIGNATURE}=a%2Fb"
    redirect(front, address)
    return address


@pytest.mark.usefixtures("address")
def test_the_bucket_learns_nothing_of_the_visitor(http: httpx.Client, bucket: Api) -> None:
    """No cookie, no credentials, no agent; the address goes out exactly as it was signed."""
    bucket.answer = Answer(headers={"Content-Type": "image/webp"})
    http.get(IMAGE, headers={"Cookie": "a=b", "Authorization": "Bearer x", "Range": "bytes=0-3", "Referer": "x"})
    ((method, path, headers, body),) = bucket.requests
    assert (method, path, body) == ("GET", f"/bucket/image.webp?{SIGNATURE}=a%2Fb", b"")
    assert headers == {"host": f"127.0.0.1:{bucket.server_port}", "range": "bytes=0-3"}


@pytest.mark.usefixtures("address")
def test_what_a_bucket_tells_browsers_to_do_is_not_passed_on(http: httpx.Client, bucket: Api) -> None:
    """Other object stores answer with policies, cookies and grants of their own."""
    theirs = {
        "Set-Cookie": "a=b",
        "Cache-Control": "private",
        "Content-Security-Policy": "block-all-mixed-content",
        "Strict-Transport-Security": "max-age=31536000",
        "Access-Control-Allow-Origin": "*",
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "other",
        "Retry-After": "77",
        "Expires": "0",
        "Vary": "Origin",
    }
    bucket.answer = Answer(headers={"Content-Type": "image/webp", **theirs})
    response = http.get(IMAGE)
    assert response.headers["cache-control"] == "public, max-age=3600, immutable"
    assert response.headers.get_list("content-security-policy") == [
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    ]
    assert response.headers.get_list("x-content-type-options") == ["nosniff"]
    assert {name.lower() for name in theirs} & set(response.headers) == {
        "cache-control",
        "content-security-policy",
        "x-content-type-options",
    }


class Stumbling(Api):
    """Fails so often, then answers."""

    def __init__(self, failures: int, status: int) -> None:
        super().__init__()
        self._failures = failures
        self._status = status
        self._found = Answer(body=CONTENT, headers={"Content-Type": "image/webp"})

    @property
    def answer(self) -> Answer:
        return Answer(self._status, b"SlowDown") if len(self.requests) <= self._failures else self._found

    @answer.setter
    def answer(self, _value: Answer) -> None:
        return


@pytest.fixture
def stumbling(front: Front, failures: int, status: int) -> Iterator[Stumbling]:
    server = Stumbling(failures, status)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    redirect(front, f"http://127.0.0.1:{server.server_port}/image.webp")
    yield server
    server.shutdown()
    server.server_close()
    serving.join()


@pytest.mark.parametrize(("failures", "status"), [(1, 500), (1, 503)])
def test_a_bucket_that_stumbles_is_asked_once_more(http: httpx.Client, stumbling: Stumbling) -> None:
    """The visitor sees the image, not that it was slow to come."""
    response = http.get(IMAGE)
    assert (response.status_code, response.content) == (200, CONTENT)
    assert len(stumbling.requests) == 2


@pytest.mark.parametrize(("failures", "status"), [(9, 500), (9, 503), (9, 403), (9, 301)])
def test_a_bucket_that_fails_is_an_unavailable_service(http: httpx.Client, stumbling: Stumbling) -> None:
    """Try again, in our words; nobody keeps that answer, and nobody is sent elsewhere."""
    response = http.get(IMAGE)
    assert_problem(response, 503, "service_unavailable")
    assert response.headers["retry-after"] == "5"
    assert response.headers["cache-control"] == "no-store"
    assert len(stumbling.requests) <= 2


def test_a_bucket_that_is_away_is_an_unavailable_service(front: Front, http: httpx.Client) -> None:
    """Nobody listens there."""
    redirect(front, f"http://127.0.0.1:{free_port()}/image.webp")
    assert_problem(http.get(IMAGE), 503, "service_unavailable")


@pytest.mark.parametrize(("status", "code"), [(404, "route_not_found"), (503, "service_unavailable")])
def test_what_the_api_refuses_is_said(front: Front, http: httpx.Client, status: int, code: str) -> None:
    """No redirect, no bucket."""
    front.api.answer = Answer(status)
    response = http.get(IMAGE)
    assert_problem(response, status, code)
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/images/x.webp", IMAGE + "/x", "/images/../x", "/images/"])
def test_other_paths_lead_to_no_bucket(front: Front, http: httpx.Client, path: str) -> None:
    """One shape of path alone."""
    redirect(front, "http://127.0.0.1:1/")
    assert http.get(path).status_code in {404, 307}
    assert [path for _, path, _, _ in front.api.requests if path.startswith("/images/")] == []


def secure(bucket: Api, front: Front, certificate: trustme.LeafCert) -> None:
    """Have the bucket speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    bucket.socket = context.wrap_socket(bucket.socket, server_side=True)
    bucket.answer = Answer(headers={"Content-Type": "image/webp"})
    redirect(front, f"https://127.0.0.1:{bucket.server_port}/image.webp")


def test_a_bucket_is_asked_by_https(front: Front, http: httpx.Client, bucket: Api, authority: trustme.CA) -> None:
    """Its certificate names its host, and is one of an authority that the system trusts."""
    secure(bucket, front, authority.issue_cert(common_name="127.0.0.1"))
    assert http.get(IMAGE).status_code == 200


@pytest.mark.parametrize("name", ["127.0.0.1", "bucket.example"])
def test_a_bucket_has_to_show_its_own_certificate(
    front: Front, http: httpx.Client, bucket: Api, authority: trustme.CA, name: str
) -> None:
    """Not one of an unknown authority, nor that of another host."""
    issuer = authority if name == "bucket.example" else trustme.CA()
    secure(bucket, front, issuer.issue_cert(common_name=name))
    assert_problem(http.get(IMAGE), 503, "service_unavailable")

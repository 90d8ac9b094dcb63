"""Downloads from an origin that may misbehave: whole and as promised, or not there."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pixelmill.client import ApiProblem, Client, DownloadDamaged, ServiceUnreachable
from pixelmill.domain.transformation import OutputFormat
from pixelmill.domain.variant import Variant
from tests.support.answers import Answer, body, failing, in_turn, lying
from tests.support.blocking_client import BlockingClient
from tests.support.origin import Origin

Download = Callable[..., Path]

CONTENT = b"an image" * 50_000
PATH = "/images/20261124T0430/image.webp"
VARIANT = Variant(
    url=PATH,
    format=OutputFormat.WEBP,
    width=1,
    height=1,
    bytes=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
)


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as running:
        yield running


@pytest.fixture(params=[Client, BlockingClient], ids=["blocking", "awaiting"])
def download(request: pytest.FixtureRequest, origin: Origin) -> Download:
    """Downloads what the origin answers, by either client."""

    def download(answer: Answer, destination: Path, *, retry_seconds: float = 0) -> Path:
        origin.serve(PATH, answer)
        with request.param(origin.url(""), retry_seconds=retry_seconds) as client:
            return Path(client.download(VARIANT, destination))

    return download


def test_the_file_is_what_was_promised(download: Download, tmp_path: Path) -> None:
    """And replaces what was there."""
    destination = tmp_path / "image.webp"
    destination.write_bytes(b"old")
    assert download(body(CONTENT), destination).read_bytes() == CONTENT
    assert list(tmp_path.iterdir()) == [destination]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (failing(404), ApiProblem),
        (body(CONTENT[:-1]), DownloadDamaged),
        (lying(CONTENT, content_length=len(CONTENT) + 1), ServiceUnreachable),
    ],
    ids=["not served", "other bytes", "cut off"],
)
def test_a_damaged_download_leaves_nothing(
    download: Download, tmp_path: Path, answer: Answer, error: type[Exception]
) -> None:
    """Neither a part nor a temporary file; what was there stays."""
    destination = tmp_path / "image.webp"
    destination.write_bytes(b"old")
    with pytest.raises(error):
        download(answer, destination)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == {destination: b"old"}


def test_a_broken_connection_is_tried_again(download: Download, tmp_path: Path) -> None:
    """From the start."""
    answer = in_turn(lying(CONTENT, content_length=len(CONTENT) + 1), failing(503), body(CONTENT))
    assert download(answer, tmp_path / "a", retry_seconds=5).read_bytes() == CONTENT

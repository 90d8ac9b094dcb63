"""Downloads from an origin that may misbehave: whole and as promised, or not there."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pixelmill.client import ApiProblem, Client, DownloadDamaged, ServiceUnreachable
from pixelmill.domain.transformation import OutputFormat
from pixelmill.domain.variant import Variant
from tests.support.answers import Answer, body, failing, in_turn, lying
from tests.support.origin import Origin

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


def download(origin: Origin, answer: Answer, destination: Path, *, retry_seconds: float = 0) -> Path:
    origin.serve(PATH, answer)
    with Client(origin.url(""), retry_seconds=retry_seconds) as client:
        return client.download(VARIANT, destination)


def test_the_file_is_what_was_promised(origin: Origin, tmp_path: Path) -> None:
    """And replaces what was there."""
    destination = tmp_path / "image.webp"
    destination.write_bytes(b"old")
    assert download(origin, body(CONTENT), destination).read_bytes() == CONTENT
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
    origin: Origin, tmp_path: Path, answer: Answer, error: type[Exception]
) -> None:
    """Neither a part nor a temporary file; what was there stays."""
    destination = tmp_path / "image.webp"
    destination.write_bytes(b"old")
    with pytest.raises(error):
        download(origin, answer, destination)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == {destination: b"old"}


def test_a_broken_connection_is_tried_again(origin: Origin, tmp_path: Path) -> None:
    """From the start."""
    answer = in_turn(lying(CONTENT, content_length=len(CONTENT) + 1), failing(503), body(CONTENT))
    assert download(origin, answer, tmp_path / "a", retry_seconds=5).read_bytes() == CONTENT

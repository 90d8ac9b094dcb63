"""A source on its way into a file: counted, hashed, recognized."""

import hashlib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pixelmill.domain.errors import SourceNotAnImage, SourceTooLarge
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.domain.source import ImageFormat
from pixelmill.fetch.download import Download, Fetched

JPEG = b"\xff\xd8\xff\xe0" + bytes(5000)


def receive(path: Path, chunks: list[bytes], max_bytes: int = MEBIBYTE) -> Fetched:
    with Download(path, max_bytes) as download:
        for chunk in chunks:
            download.write(chunk)
        return download.finish()


@given(cuts=st.lists(st.integers(0, len(JPEG)), max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_chunking_does_not_matter(tmp_path: Path, cuts: list[int]) -> None:
    """However the network cuts a source, the file, its digest, size and format are the same."""
    path = tmp_path / "source"
    path.unlink(missing_ok=True)
    edges = [0, *sorted(cuts), len(JPEG)]
    fetched = receive(path, [JPEG[start:end] for start, end in pairwise(edges)])
    assert fetched == Fetched(path, len(JPEG), hashlib.sha256(JPEG).hexdigest(), ImageFormat.JPEG)
    assert path.read_bytes() == JPEG


def test_a_source_of_exactly_the_limit_is_accepted(tmp_path: Path) -> None:
    """The limit itself is allowed, one byte more is not."""
    assert receive(tmp_path / "fits", [JPEG], max_bytes=len(JPEG)).size_bytes == len(JPEG)
    with pytest.raises(SourceTooLarge, match="more than"):
        receive(tmp_path / "exceeds", [JPEG, b"x"], max_bytes=len(JPEG))


def test_an_announced_size_is_refused_before_anything_arrives(tmp_path: Path) -> None:
    """A Content-Length over the limit ends the download at once; none at all does not."""
    with Download(tmp_path / "source", 2 * MEBIBYTE) as download:
        download.expect(None)
        download.expect(2 * MEBIBYTE)
        with pytest.raises(SourceTooLarge, match=r"3\.0 MiB; at most 2"):
            download.expect(3 * MEBIBYTE)


def test_text_is_refused_as_soon_as_it_shows(tmp_path: Path) -> None:
    """An endless text is not downloaded to its limit first."""
    with Download(tmp_path / "source", MEBIBYTE) as download, pytest.raises(SourceNotAnImage):
        download.write(b"text " * 300)


def test_a_source_shorter_than_a_head_is_told_at_its_end(tmp_path: Path) -> None:
    """The smallest images are a few dozen bytes."""
    assert receive(tmp_path / "gif", [b"GIF89a"]).format is ImageFormat.GIF
    with pytest.raises(SourceNotAnImage, match="empty"):
        receive(tmp_path / "empty", [])

from pathlib import Path

import pytest

from pixelmill.domain.errors import TooManyPixels
from pixelmill.transform.jpeg_scans import MAX_SCANS, check_scans
from tests.support.hostile.jpeg import PROGRESSIVE, SMALL, scans, segment

MANY_SCANS = b"\xff\xda\0\x0c" * 1000


def check(folder: Path, content: bytes) -> None:
    (folder / "jpeg").write_bytes(content)
    check_scans(folder / "jpeg")


def test_the_limit_is_the_most_that_passes(tmp_path: Path) -> None:
    """The first scan has all components, the others follow."""
    check(tmp_path, scans(MAX_SCANS - 1, 64))

    with pytest.raises(TooManyPixels, match="more than 100 scans"):
        check(tmp_path, scans(MAX_SCANS, 64))


@pytest.mark.parametrize("filler", [b"", b"\xff\xff\xff", b"stray bytes"], ids=["none", "padding", "garbage"])
def test_scans_are_found_behind_anything(tmp_path: Path, filler: bytes) -> None:
    """A comment that says the picture has ended, padding, and bytes that decoders skip hide none of them."""
    content = scans(MAX_SCANS, 64)
    second = content.index(b"\xff\xda", content.index(b"\xff\xda") + 2)
    hidden = content[:second] + segment(0xFE, b"\xff\xd9") + filler + content[second:]

    with pytest.raises(TooManyPixels):
        check(tmp_path, hidden)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(SMALL, id="baseline"),
        pytest.param(PROGRESSIVE, id="progressive"),
        pytest.param(SMALL + MANY_SCANS, id="a video behind the picture"),
        pytest.param(PROGRESSIVE + MANY_SCANS, id="a video behind a progressive picture"),
        pytest.param(PROGRESSIVE[:2] + segment(0xE1, MANY_SCANS) + PROGRESSIVE[2:], id="a preview in front of it"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xd8\xff", id="a signature"),
        pytest.param(b"\xff\xd8\xff\xda", id="a scan without a header"),
        pytest.param(b"\xff\xd8\xff\xc0\0\x11", id="half a frame"),
    ],
)
def test_what_is_no_scan_of_the_picture_does_not_count(tmp_path: Path, content: bytes) -> None:
    """Photos carry previews and videos; damage is for the decoder to find."""
    check(tmp_path, content)

from pathlib import Path

import pytest

from pixelmill.domain.errors import TooManyPixels
from pixelmill.transform.webp_frames import check_frames
from tests.support.hostile.webp import SMALL, TINY, animated, chunk, frame


def check(folder: Path, content: bytes) -> None:
    (folder / "webp").write_bytes(content)
    check_frames(folder / "webp")


def test_the_limit_is_the_most_that_passes(tmp_path: Path) -> None:
    """As many as a request can name."""
    check(tmp_path, animated((1, 1), frame(0, 0, 1, 1, TINY) * 10_000))

    with pytest.raises(TooManyPixels, match="more than 10,000 frames"):
        check(tmp_path, animated((1, 1), frame(0, 0, 1, 1, TINY) * 10_001))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(SMALL, id="a still"),
        pytest.param(animated((1, 1), chunk(b"XMP ", frame(0, 0, 1, 1, TINY) * 20_000)), id="frames in metadata"),
        pytest.param(b"", id="nothing"),
        pytest.param(SMALL[:20], id="a header"),
        pytest.param(SMALL[:12] + b"ABCD\xff\xff\xff\xff", id="a chunk beyond the end"),
    ],
)
def test_what_is_no_frame_does_not_count(tmp_path: Path, content: bytes) -> None:
    """Damage is for the decoder to find."""
    check(tmp_path, content)

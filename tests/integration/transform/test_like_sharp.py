"""Pictures come out as sharp makes them: every fit, position, turn and limit, with crops, edges, mirrors and dpr.

The cases are random but for fit, turn and limits, which all meet each other, and were made by `sharp_pictures.mjs`
beside this file. sharp did one operation after another in the order that is ours: crop, trim, mirror, turn, resize.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.integration.transform.conftest import Make
from tests.support.images import ORIENTATION, Pixels, encode, pixels_of

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("sharp_pictures.json").read_text())["cases"]
BORDER = (255, 0, 255)
SHARES = (0.1, 0.5, 0.9)
TOLERANCE = 5
"""Of 255: a pixel that lies a fiftieth of the source elsewhere differs as much."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["parameters"]))
def test_a_picture_is_as_sharps(make: Make, case: dict[str, Any]) -> None:
    """Its size to the pixel, and what of the source lies where."""
    made = pixels_of(make(source_of(case), "png", **case["parameters"]))

    assert list(made.shape[1::-1]) == case["size"]
    if not is_blank_in_sharp(case):
        expected = points_of_sharp(case)
        clear = np.isin(expected[:, 2], (0, 128))  # the others lie on the edge of a picture that was tilted
        assert np.abs(points_of(made) - expected)[clear].max() <= TOLERANCE


def source_of(case: dict[str, Any]) -> bytes:
    """A file whose pixels say by red and green where they are, as it is stored; around it a border."""
    (width, height), (left, top, right, bottom) = case["source"], case["border"]
    pixels: Pixels = np.full((top + height + bottom, left + width + right, 3), BORDER, np.uint8)
    inside = pixels[top : top + height, left : left + width]
    inside[:, :, 0] = grades(width)[None, :]
    inside[:, :, 1] = grades(height)[:, None]
    inside[:, :, 2] = 128
    exif = Image.Exif()
    exif[ORIENTATION] = case["tag"]
    return encode(pixels, "PNG", exif=exif)


def grades(count: int) -> Any:  # noqa: ANN401 - an array
    return np.floor(255 * np.arange(count) / (count - 1) + 0.5)


def points_of(pixels: Pixels) -> Any:  # noqa: ANN401 - an array
    height, width, _ = pixels.shape
    rows, columns = ([int(share * (side - 1) + 0.5) for share in SHARES] for side in (height, width))
    return pixels[rows][:, columns].reshape(-1, 3).astype(int)


def points_of_sharp(case: dict[str, Any]) -> Any:  # noqa: ANN401 - an array
    return np.array([tuple(bytes.fromhex(point)) for point in case["points"].split(" ")])


def is_blank_in_sharp(case: dict[str, Any]) -> bool:
    """Where `contain` must not shrink a picture larger than its box, sharp cuts one side and leaves the other blank."""
    return case["parameters"]["fit"] == "contain" and "without_reduction" in case["parameters"]

import json
from pathlib import Path
from typing import Any

import pytest

from pixelmill.domain.transformation import Transformation
from pixelmill.transform.geometry import Plan, Size, plan

# Answers of sharp itself to random cases; made by sharp_sizes.mjs beside it.
ROWS: list[list[Any]] = json.loads(Path(__file__).with_name("sharp_sizes.json").read_text())["rows"]


FITS = ["cover", "contain", "fill", "inside", "outside"]


@pytest.mark.parametrize("fit", FITS)
def test_every_size_is_as_in_sharp(fit: str) -> None:
    """Not a pixel more or less, over random sources, boxes and limits."""
    rows = [row for row in ROWS if row[4] == fit]
    assert len(rows) > 50

    differing = [row for row in rows if planned(row).output != Size(*row[8:10])]

    assert differing == []


@pytest.mark.parametrize("fit", ["cover", "contain"])
def test_every_crop_and_pad_is_where_sharp_has_it(fit: str) -> None:
    """The odd pixel goes to the same side. sharp's answer can be read off the pixels where nothing is scaled."""
    rows = [row for row in ROWS if row[4] == fit and planned(row).scaled == Size(*row[:2])]
    if fit == "contain":
        # Where a picture that must not shrink is larger than its box, sharp cuts one side and leaves the other blank.
        rows = [row for row in rows if not row[7]]
    assert len(rows) >= 10

    differing = [row for row in rows if corner(planned(row)) != tuple(row[10:])]

    assert differing == []


def planned(row: list[Any]) -> Plan:
    names = ("width", "height", "fit", "position", "without_enlargement", "without_reduction")
    return plan(Size(*row[:2]), Transformation.model_validate(dict(zip(names, row[2:8], strict=True))))


def corner(planned: Plan) -> tuple[int, int]:
    """Where the image begins in the output."""
    assert planned.window is not None
    return -planned.window.left, -planned.window.top

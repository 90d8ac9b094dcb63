import pytest
from pydantic import ValidationError

from pixelmill.domain.transformation import Transformation


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({}, "expected width, height or both"),
        ({"width": 8192, "height": 8192}, "40,000,000 pixels"),
        ({"width": 4097, "dpr": 2}, "at most 8192 pixels after dpr"),
        ({"width": 4000, "height": 4000, "dpr": 2}, "40,000,000 pixels after dpr"),
        ({"width": 10, "fit": "fill", "position": "top"}, "no meaning with fit fill"),
        ({"width": 10, "fit": "contain", "position": "attention"}, "fit cover only"),
        ({"width": 10, "fit": "contain", "position": {"x": 0, "y": 0}}, "focal point .* fit cover only"),
        ({"width": 10, "fit": "fill", "position": {"x": 0, "y": 0}}, "no meaning with fit fill"),
        ({"width": 10, "format": "avif", "frames": 2}, "frames has no meaning with format avif"),
        ({"width": 10, "format": "png", "quality": 80}, "no meaning with format png"),
        ({"width": 10, "format": "jpeg", "lossless": True}, "lossless has no meaning with format jpeg"),
        ({"width": 10, "lossless": True}, "lossless has no meaning with format source"),
        ({"width": 10, "format": "webp", "lossless": True, "quality": 80}, "expected one of lossless and quality"),
        ({"width": 10, "format": "png", "effort": 3}, "effort has no meaning with format png"),
        ({"width": 10, "effort": 3}, "effort has no meaning with format source"),
        ({"width": 10, "format": "webp", "effort": 7}, "effort from 0 to 6 with format webp"),
        ({"width": 10, "format": "gif", "effort": 0}, "effort from 1 to 10 with format gif"),
    ],
)
def test_an_impossible_combination_is_refused_by_name(parameters: dict[str, object], complaint: str) -> None:
    """A parameter is never silently ignored."""
    with pytest.raises(ValidationError, match=complaint):
        Transformation.model_validate(parameters)


@pytest.mark.parametrize("width", [0, -1, 8193, 1.5, "100", True, None])
def test_a_side_is_a_whole_number_of_pixels_within_the_limit(width: object) -> None:
    """Widths are not converted: a string or a fraction is a mistake of the caller."""
    with pytest.raises(ValidationError):
        Transformation.model_validate({"width": width})

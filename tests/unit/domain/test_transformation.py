import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pixelmill.domain.color import canonical_color
from pixelmill.domain.transformation import Transformation


@pytest.mark.parametrize(
    ("color", "canonical"),
    [
        ("#fff", "#ffffffff"),
        ("#FFF8", "#ffffff88"),
        ("#102030", "#102030ff"),
        ("#10203040", "#10203040"),
        (" transparent ", "#00000000"),
    ],
)
def test_a_color_has_one_form(color: str, canonical: str) -> None:
    """Equal colors are equal requests."""
    assert canonical_color(color) == canonical


@given(st.from_regex(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", fullmatch=True))
def test_the_form_of_a_color_is_a_fixed_point(color: str) -> None:
    """Canonical form applied twice is canonical form."""
    assert canonical_color(canonical_color(color)) == canonical_color(color)


@pytest.mark.parametrize("color", ["", "#ff", "#fffff", "red;", "#ggg", "rgb(0,0,0)"])
def test_what_is_no_color_is_refused(color: str) -> None:
    """A color is never guessed."""
    with pytest.raises(ValueError, match="expected a color"):
        canonical_color(color)


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

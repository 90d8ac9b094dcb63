"""Every way CSS has to write a color of sRGB is understood, and all ways to write one color are one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageColor
from pydantic import ValidationError

from pixelmill.domain.color import canonical_color
from pixelmill.domain.transformation import Transformation

SPELLINGS = {
    "#ff0000ff": [
        *("red", "Red", " red ", "#f00", "#F00F", "#ff0000", "#ff0000ff", "rgb(255,0,0)", "rgb(255 0 0)"),
        *("rgb(100%, 0%, 0%)", "rgba(255 0 0 / 1)", "rgb(300 -20 0)", "hwb(0 0% 0%)"),
        *("hsl(0, 100%, 50%)", "hsl(360deg 100% 50%)", "hsla(0 100% 50% / 100%)"),
    ],
    "#ff000080": [
        *("#ff000080", "rgba(255, 0, 0, 0.5)", "rgba(255, 0, 0, 50%)", "rgb(255 0 0 / .5)", "rgb(100% 0% 0%/50%)"),
        *("hsla(0, 100%, 50%, 0.5)", "hsl(0 100% 50% / 50%)"),
    ],
    "#00ffffff": ["aqua", "cyan", "hsl(180 100% 50%)", "hsl(0.5turn 100% 50%)", "hsl(200grad, 100%, 50%)"],
    "#663399ff": ["rebeccapurple", "RebeccaPurple", "#639"],
    "#808080ff": ["gray", "grey", "rgb(127.5 127.5 127.5)", "hsl(0 0% 50%)"],
    "#00000000": ["transparent", "#0000", "rgb(0 0 0 / 0)", "rgb(none none none / 0%)"],
}
CASES = [(spelling, canonical) for canonical, spellings in SPELLINGS.items() for spelling in spellings]


@pytest.mark.parametrize(("spelling", "canonical"), CASES)
def test_a_color_has_one_form(spelling: str, canonical: str) -> None:
    """Red, green, blue and alpha in hexadecimal; half intensity rounds up, as browsers round it."""
    assert canonical_color(spelling) == canonical


def test_every_name_of_css_is_known() -> None:
    """148 of them, and `transparent`."""
    assert len(ImageColor.colormap) == 148
    # Pillow replaces a color in its table when it has been asked for it, so it is asked for each.
    assert {name: canonical_color(name) for name in ImageColor.colormap} == {
        name: f"#{bytes(ImageColor.getrgb(name)).hex()}ff" for name in ImageColor.colormap
    }


NO_COLORS = ["", "blurple", "#12345", "#ggg", "ff0000", "rgb(1, 2)", "rgb(1 2 3 4)", "rgb(1, 2, 3 / 4)", "rgb(1 2% 3)"]
NO_COLORS += ["currentcolor", "lab(50% 0 0)", "oklch(50% 0 0)", "color(display-p3 1 0 0)", "color()", "inherit"]
NO_COLORS += ["red; background: blue", "url(x)", "var(--a)", "rgb(" * 16, "(" * 64, "\0"]


@pytest.mark.parametrize("text", NO_COLORS)
def test_what_is_no_color_of_srgb_is_refused(text: str) -> None:
    """Also what is a color on a page only, or lies in a wider space; the complaint shows what would be one."""
    with pytest.raises(ValueError, match=r"expected a CSS color like white, #fff, rgb\("):
        canonical_color(text)


@given(st.text(max_size=64) | st.from_regex(r"(rgb|hsl|hwb|color)a?\([-0-9e.%/, a-z]{0,40}\)?", fullmatch=True))
def test_any_text_is_a_color_or_refused(text: str) -> None:
    """Numbers that are huge, no numbers, and nonsense included; what comes out is its own canonical form."""
    try:
        color = canonical_color(text)
    except ValueError:
        return
    assert canonical_color(color) == color
    assert len(bytes.fromhex(color.removeprefix("#"))) == 4


def test_a_long_text_is_not_even_read() -> None:
    """No color takes more than 64 characters to write."""
    with pytest.raises(ValidationError, match="at most 64 characters"):
        Transformation.model_validate({"width": 1, "background": "red" + " " * 62})

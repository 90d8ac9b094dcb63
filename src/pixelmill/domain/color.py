"""Colors of a request, in one canonical form."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

_HEX_COLOR = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_LONG_HEX_CHARACTERS: Final = 9
_SHORT_HEX_CHARACTERS: Final = 5


def canonical_color(value: str) -> str:
    """Put a CSS hexadecimal color into the one form `#rrggbbaa`.

    Raises:
        ValueError: It is not one.
    """
    color = value.strip().lower()
    if color == "transparent":
        return "#00000000"
    if not _HEX_COLOR.fullmatch(color):
        raise ValueError("expected a color like #fff, #ffffff or #ffffffff, or transparent")
    if len(color) <= _SHORT_HEX_CHARACTERS:
        color = "#" + "".join(digit * 2 for digit in color[1:])
    return color.ljust(_LONG_HEX_CHARACTERS, "f")


Color = Annotated[str, AfterValidator(canonical_color), Field(max_length=32, examples=["#ffffff", "transparent"])]

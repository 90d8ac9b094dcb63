"""Parameters in the query of a URL: each one as a word, a number, or numbers with commas between them."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

_PARTS: Final[Mapping[str, tuple[str, ...]]] = {"crop": ("left", "top", "width", "height"), "position": ("x", "y")}
"""Parameters that are objects, and their parts in the order in which they are written."""

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?")
_WORDS: Final = {"true": True, "false": False}


def read_parameter(name: str, text: str) -> object:
    """The value of a parameter, from its text; a text that is no other kind of value is a word.

    Raises:
        ValueError: It has another number of parts than the parameter; the message is public.
    """
    parts = _PARTS.get(name)
    if parts is None or (name == "position" and "," not in text):
        return _read_value(text)
    numbers = text.split(",")
    if len(numbers) != len(parts) or not all(map(_NUMBER.fullmatch, numbers)):
        raise ValueError(f"expected {','.join(parts)}, such as {'0.3,0.7' if name == 'position' else '0,0,640,480'}")
    return dict(zip(parts, map(json.loads, numbers), strict=True))


def write_parameter(name: str, value: object) -> str:
    """The text of a parameter, from its value: what `read_parameter` reads."""
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, Mapping):
        return ",".join(_write_value(value[part]) for part in _PARTS[name])
    return _write_value(value)


def _read_value(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    return json.loads(text) if _NUMBER.fullmatch(text) else text


def _write_value(value: Any) -> str:  # noqa: ANN401 - whatever a parameter holds
    return json.dumps(value) if isinstance(value, bool | int | float) else str(value)

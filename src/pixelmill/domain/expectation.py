"""What is wrong with a value, in words: from what pydantic says it broke, and from the schema callers see.

pydantic says what; the sentences are ours: what was expected, then what was received. What was received is shown only
where it is short and cannot be a secret: never a URL, which may hold credentials.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pydantic_core import ErrorDetails

Schema = dict[str, Any]

MAX_SHOWN_CHARACTERS: Final = 64
MAX_SHOWN_BITS: Final = 128
"""Python refuses to write out an integer of more than some 14,000 bits."""

_COUNTED: Final = {"string_too_long": "characters", "too_long": "entries"}

_TIME: Final = "a time with its zone, such as 2026-11-24T04:30:00Z"

_KINDS: Final[Mapping[str, str]] = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "datetime_from_date_parsing": _TIME,
    "datetime_parsing": _TIME,
    "dict_type": "an object",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_parsing": "an integer",
    "int_type": "an integer",
    "model_type": "an object",
    "string_type": "a string",
    "timezone_aware": _TIME,
}
"""What the field holds, by the type of the error."""

_RULES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "enum": lambda context: f"one of {_unquoted(context['expected'])}",
    "greater_than": lambda context: _bounded("greater than", context["gt"]),
    "greater_than_equal": lambda context: _bounded("of at least", context["ge"]),
    "less_than_equal": lambda context: _bounded("of at most", context["le"]),
    "literal_error": lambda context: f"one of {_unquoted(context['expected'])}",
    "string_pattern_mismatch": lambda context: f"a name that matches {context['pattern']}",
    "string_too_long": lambda context: f"at most {context['max_length']} characters",
    "too_long": lambda context: f"at most {context['max_length']} entries",
}
"""The rule that the value breaks, by the type of the error."""


def complaint(
    details: ErrorDetails, schemas: Sequence[Schema] = (), names: Sequence[str] = (), *, is_secret: bool = False
) -> str:
    """What is wrong with a value, as a sentence.

    Args:
        details: What pydantic complains of.
        schemas: The JSON schemas of all the kinds that the field may have, where they are known: a number's range is
            told whole, whichever end of it was missed.
        names: The fields that an object may have, for one that it may not have.
        is_secret: Whether what was received is not to be shown.
    """
    kind = details["type"]
    if kind == "value_error":
        return str(details["ctx"]["error"])
    if kind == "missing":
        return "expected a value, received none"
    if kind == "too_short":
        return "expected at least one entry, received none"
    if kind == "extra_forbidden":
        return f"unknown field; expected one of {', '.join(names)}" if names else "unknown field"
    wanted = f"expected {_expected(details, schemas)}"
    if is_secret:
        return wanted
    value = details["input"]
    return f"{wanted}, received {f'{len(value):,} {_COUNTED[kind]}' if kind in _COUNTED else received(value)}"


def received(value: object) -> str:
    """What was there instead, fit to be shown."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, int) and value.bit_length() > MAX_SHOWN_BITS:
        return "a huge integer"
    return shown(json.dumps(value, ensure_ascii=False, default=str))


def shown(text: str) -> str:
    """A bit of what was received, fit to be shown: short, and of characters that do nothing."""
    clipped = text if len(text) <= MAX_SHOWN_CHARACTERS else text[:MAX_SHOWN_CHARACTERS] + "…"
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in clipped)


def _expected(details: ErrorDetails, schemas: Sequence[Schema]) -> str:
    """What should have been there, to follow the word "expected"."""
    if values := [told for schema in schemas if (told := _values(schema))]:
        return " or ".join(values)
    kind = details["type"]
    if kind in _RULES:
        return _RULES[kind](details["ctx"])
    return _KINDS.get(kind) or details["msg"].removeprefix("Input should be ")


def _values(schema: Schema) -> str | None:
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "integer" and {"minimum", "maximum"} <= schema.keys():
        return f"an integer from {schema['minimum']} to {schema['maximum']}"
    if schema.get("type") == "number":
        return f"a number from {schema['minimum']:g} to {schema['maximum']:g}"
    return None


def _unquoted(choices: str) -> str:
    return choices.replace("'", "")


def _bounded(relation: str, bound: float) -> str:
    return f"an integer {relation} {bound}" if isinstance(bound, int) else f"a number {relation} {bound:g}"

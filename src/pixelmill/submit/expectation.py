"""What a field expects, in words: from what pydantic says it broke, and from the schema callers see."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pydantic_core import ErrorDetails

from pixelmill.submit.schema import Schema

_TIME: Final = "a time with its zone, such as 2026-11-24T04:30:00Z"

_KINDS: Final[Mapping[str, str]] = {
    "bool_type": "true or false",
    "datetime_from_date_parsing": _TIME,
    "datetime_parsing": _TIME,
    "dict_type": "an object",
    "int_parsing": "an integer",
    "int_type": "an integer",
    "model_type": "an object",
    "string_type": "a string",
    "timezone_aware": _TIME,
}
"""What the field holds, by the type of the error."""

_RULES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "enum": lambda context: f"one of {_unquoted(context['expected'])}",
    "greater_than_equal": lambda context: f"an integer of at least {context['ge']}",
    "less_than_equal": lambda context: f"an integer of at most {context['le']}",
    "literal_error": lambda context: f"one of {_unquoted(context['expected'])}",
    "string_pattern_mismatch": lambda context: f"a name that matches {context['pattern']}",
    "string_too_long": lambda context: f"at most {context['max_length']} characters",
    "too_long": lambda context: f"at most {context['max_length']} entries",
}
"""The rule that the value breaks, by the type of the error."""


def expected(details: ErrorDetails, schemas: Sequence[Schema]) -> str:
    """What should have been there, to follow the word "expected".

    Args:
        details: What pydantic complains of.
        schemas: The JSON schemas of all the kinds that the field may have, where they are known: a number's range is
            told whole, whichever end of it was missed.
    """
    if values := [told for schema in schemas if (told := _values(schema))]:
        return " or ".join(values)
    kind = details["type"]
    if kind in _RULES:
        return _RULES[kind](details["ctx"])
    return _KINDS.get(kind) or details["msg"].removeprefix("Input should be ")


def _values(schema: Schema) -> str | None:
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "integer":
        return f"an integer from {schema['minimum']} to {schema['maximum']}"
    if schema.get("type") == "number":
        return f"a number from {schema['minimum']:g} to {schema['maximum']:g}"
    return None


def _unquoted(choices: str) -> str:
    return choices.replace("'", "")

import re

import pytest

from pixelmill.domain.errors import CATALOGUE, FieldError, InvalidRequest, PixelmillError, SourceTimeout


def snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize("error", [cls for code, cls in CATALOGUE.items() if code != "internal_error"])
def test_an_error_is_named_after_its_code(error: type[PixelmillError]) -> None:
    """One word per thing: the class, its code and the reference page cannot drift apart."""
    assert error.code == snake_case(error.__name__)


def test_no_two_errors_share_a_title() -> None:
    """A person who reads only the title knows which error it was."""
    titles = [error.title for error in set(CATALOGUE.values())]

    assert len(titles) == len(set(titles))


def test_an_error_without_detail_says_its_title() -> None:
    """A caller never reads an empty detail."""
    assert SourceTimeout().as_task_error().detail == "The source took too long."


def test_an_invalid_request_names_every_field() -> None:
    """All refused fields are reported at once."""
    error = InvalidRequest([FieldError(field="parameters.width", detail="a"), FieldError(field="priority", detail="b")])

    assert error.detail == "parameters.width: a; priority: b"

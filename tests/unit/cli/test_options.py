"""Options that say what to make of an image."""

from typing import get_args

import pytest
import typer

from pixelmill.cli import options
from pixelmill.domain.task import Priority
from pixelmill.domain.transformation import Fit, RequestedFormat


def test_the_words_are_those_of_the_domain() -> None:
    """They are written twice so that help is instant, and must not drift apart."""
    assert list(get_args(options.FitWord)) == [fit.value for fit in Fit]
    assert get_args(options.FormatWord) == get_args(RequestedFormat)
    assert list(get_args(options.PriorityWord)) == [priority.value for priority in Priority]


def test_options_left_out_stay_unset() -> None:
    """What is not said is not sent: the service knows its defaults."""
    wanted = options.transformation(width=800, height=None, fit=None, quality=75)

    assert wanted.model_fields_set == {"width", "quality"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "expected width, height or both"),
        ({"width": 10, "background": "red"}, "--background: expected a color like #fff"),
        ({"width": 10, "fit": "fill", "position": "top"}, "position has no meaning with fit fill"),
        ({"width": 10, "format": "png", "quality": 80}, "quality has no meaning with format png"),
    ],
)
def test_an_impossible_combination_is_a_sentence(
    given: dict[str, str | int], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is refused before anything is sent, in the words of the domain and with the name of the option."""
    with pytest.raises(typer.Exit) as ended:
        options.transformation(**given)

    assert ended.value.exit_code == 2
    assert sentence in capsys.readouterr().err

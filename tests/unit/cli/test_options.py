"""Options that say what to make of an image."""

from typing import get_args

import pytest
import typer
from typer.testing import CliRunner

from pixelmill.cli import options, parameters
from pixelmill.cli.main import app
from pixelmill.domain.task import Priority
from pixelmill.domain.transformation import (
    Crop,
    Fit,
    FocalPoint,
    KeepMetadata,
    Placeholder,
    RequestedFormat,
    Transformation,
)


def test_the_words_are_those_of_the_domain() -> None:
    """They are written twice so that help is instant, and must not drift apart."""
    assert list(get_args(parameters.FitWord)) == [fit.value for fit in Fit]
    assert get_args(parameters.FormatWord) == get_args(RequestedFormat)
    assert list(get_args(parameters.KeepWord)) == [kept.value for kept in KeepMetadata]
    assert list(get_args(parameters.PlaceholderWord)) == [kind.value for kind in Placeholder]
    assert list(get_args(options.PriorityWord)) == [priority.value for priority in Priority]


def test_every_parameter_is_an_option() -> None:
    """In the order of the API."""
    assert list(parameters.OPTIONS) == list(Transformation.model_fields)


def test_options_left_out_stay_unset() -> None:
    """What is not said is not sent: the service knows its defaults."""
    taken: dict[str, object] = {}

    @parameters.takes_parameters
    def command(file: str, *, parameters: parameters.Given) -> None:
        taken.update(parameters, file=file)

    one = typer.Typer()
    one.command()(command)
    CliRunner().invoke(one, ["cat.jpg", "--width", "800", "--quality", "75", "--without-reduction"])

    assert taken == {"file": "cat.jpg", "width": 800, "quality": 75, "without_reduction": True}


def test_a_shell_writes_values_as_text() -> None:
    """Where the API has an object, a shell has numbers with commas between."""
    wanted = parameters.transformation({"width": 10, "crop": "1,2,30,40", "position": "0.25,1", "frames": "3"})

    assert wanted.crop == Crop(left=1, top=2, width=30, height=40)
    assert wanted.frames == 3
    assert wanted.position == FocalPoint(x=0.25, y=1)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "expected width, height or both"),
        ({"width": 10, "background": "reddish"}, "--background: expected a CSS color like white"),
        ({"width": 10, "fit": "fill", "position": "top"}, "position has no meaning with fit fill"),
        ({"width": 10, "frames": "some"}, '--frames: expected all or an integer from 1 to 10000, received "some"'),
        ({"width": 10, "position": "0,5"}, "--position.y: expected a number from 0 to 1, received 5"),
        ({"width": 10, "position": "middle"}, "--position: expected one of center, top, right top"),
        ({"width": 10, "crop": "1,2,3"}, "--crop: expected left,top,width,height, received 1,2,3"),
        ({"width": 10, "crop": "1,2,3,x"}, "--crop: expected left,top,width,height, received 1,2,3,x"),
        ({"width": 10, "crop": "1,2,3,0"}, "--crop.height: expected an integer from 1 to"),
        ({"width": 10, "format": "png", "quality": 80}, "quality has no meaning with format png"),
    ],
)
def test_an_impossible_combination_is_a_sentence(
    given: dict[str, str | int], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is refused before anything is sent, in the words of the domain and with the name of the option."""
    with pytest.raises(typer.Exit) as ended:
        parameters.transformation(given)

    assert ended.value.exit_code == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--width", "abc"), """'--width': expected an integer, received "abc"\n"""),
        (("--width", "0"), """'--width': expected an integer of at least 1, received "0"\n"""),
        (("--dpr", "9"), """'--dpr': expected a number of at most 4, received "9"\n"""),
        (("--format", "tiff"), "'--format': 'tiff' is not one of 'jpeg', 'png', 'webp', 'avif', 'gif', 'source'.\n"),
    ],
)
def test_an_option_that_cannot_be_read_is_told_in_our_words(arguments: tuple[str, str], sentence: str) -> None:
    """Those of a request, whichever library has read it."""
    ended = CliRunner().invoke(app, ["resize", "cat.jpg", *arguments])

    assert ended.exit_code == 2
    assert ended.stderr.endswith(f"Error: Invalid value for {sentence}")

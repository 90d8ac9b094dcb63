"""The options of `submit` and `resize` that say what to make of an image: the fields of `Transformation`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from pixelmill.cli.exits import ExitCode, stop
from pixelmill.domain.limits import MAX_SIDE_PIXELS

if TYPE_CHECKING:
    from pydantic import ValidationError

    from pixelmill.domain.transformation import Transformation

# The words of the domain once more, because loading its models would make `--help` slow; a test holds them together.
FitWord = Literal["cover", "contain", "fill", "inside", "outside"]
FormatWord = Literal["jpeg", "png", "webp", "avif", "gif", "source"]
PriorityWord = Literal["interactive", "bulk"]

Width = Annotated[int | None, typer.Option("--width", min=1, max=MAX_SIDE_PIXELS, help="Width in pixels.")]
Height = Annotated[int | None, typer.Option("--height", min=1, max=MAX_SIDE_PIXELS, help="Height in pixels.")]
FitOption = Annotated[
    FitWord | None, typer.Option("--fit", help="How the image fits the box of width and height; cover by default.")
]
PositionOption = Annotated[
    str | None,
    typer.Option(
        "--position",
        help="What stays when cover crops, where the image sits when contain pads: "
        "center, top, 'right top', ..., entropy or attention.",
    ),
]
BackgroundOption = Annotated[
    str | None, typer.Option("--background", help="Color of bars and under transparency, like #ffffff or transparent.")
]
FormatOption = Annotated[
    FormatWord | None, typer.Option("--format", help="Format of the result; the source's by default.")
]
QualityOption = Annotated[int | None, typer.Option("--quality", min=1, max=100, help="Quality of a lossy format.")]
WithoutEnlargement = Annotated[
    bool, typer.Option("--without-enlargement", help="Never make the image larger than it is.")
]
WithoutReduction = Annotated[bool, typer.Option("--without-reduction", help="Never make the image smaller than it is.")]

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="File, or existing folder; by default <name>-<width>x<height>.<format> here."),
]
PriorityOption = Annotated[PriorityWord, typer.Option("--priority", help="bulk tasks wait for interactive ones.")]
Refresh = Annotated[bool, typer.Option("--refresh", help="Make it anew, even if the result is there.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Print the task ids at once; save nothing.")]
Timeout = Annotated[float, typer.Option("--timeout", min=1, help="Longest wait, in seconds.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print every task as a line of JSON.")]
Server = Annotated[str, typer.Option("--server", envvar="PIXELMILL_SERVER", help="Where the service is.")]

DEFAULT_SERVER: Final = "http://127.0.0.1:8080"
DEFAULT_TIMEOUT_SECONDS: Final = 300.0
"""Three attempts at the service's own limits (30 s to fetch, 30 s to transform) with room to queue."""

_PYDANTIC_PREFIX: Final = "Value error, "


def transformation(**given: str | int | bool | None) -> "Transformation":
    """The transformation that the options ask for; ends the command with a sentence if they cannot go together."""
    from pydantic import ValidationError

    from pixelmill.domain.transformation import Transformation

    try:
        return Transformation.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        stop(_sentence(error), ExitCode.USAGE)


def _sentence(error: "ValidationError") -> str:
    """What is wrong, naming the option where it is one's."""
    return "; ".join(
        f"--{details['loc'][0]}: {_plain(details['msg'])}" if details["loc"] else _plain(details["msg"])
        for details in error.errors()
    )


def _plain(message: str) -> str:
    return message.removeprefix(_PYDANTIC_PREFIX)

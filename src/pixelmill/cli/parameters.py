"""What to make of an image, as options of `submit` and `resize`: one for each field of `Transformation`."""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from pixelmill.cli.exits import ExitCode, stop
from pixelmill.domain.limits import MAX_BYTES_ASKED, MAX_SIDE_PIXELS

if TYPE_CHECKING:
    from pydantic import ValidationError

    from pixelmill.domain.transformation import Transformation

# The words of the domain once more, because loading its models would make `--help` slow; a test holds them together.
FitWord = Literal["cover", "contain", "fill", "inside", "outside"]
FormatWord = Literal["jpeg", "png", "webp", "avif", "gif", "source"]
KeepWord = Literal["none", "copyright", "all"]
PlaceholderWord = Literal["blurhash", "thumbhash", "color"]

Given = dict[str, Any]
"""The options a user gave, by the names of the fields."""

OPTIONS: Final[dict[str, Any]] = {
    "width": Annotated[int | None, typer.Option("--width", min=1, max=MAX_SIDE_PIXELS, help="Width in pixels.")],
    "height": Annotated[int | None, typer.Option("--height", min=1, max=MAX_SIDE_PIXELS, help="Height in pixels.")],
    "dpr": Annotated[
        float | None, typer.Option("--dpr", min=1, max=4, help="Pixels of the screen for each of width and height.")
    ],
    "fit": Annotated[
        FitWord | None, typer.Option("--fit", help="How the image fits the box of width and height; cover by default.")
    ],
    "position": Annotated[
        str | None,
        typer.Option(
            "--position",
            help="What stays when cover crops, where the image sits when contain pads: "
            "center, top, 'right top', ..., entropy, attention, or a focal point like 0.3,0.7.",
        ),
    ],
    "background": Annotated[
        str | None,
        typer.Option(
            "--background", help="Color of bars and under transparency, as in CSS: white, #ffffff, transparent."
        ),
    ],
    "without_enlargement": Annotated[
        bool | None, typer.Option("--without-enlargement", help="Never make the image larger than it is.")
    ],
    "without_reduction": Annotated[
        bool | None, typer.Option("--without-reduction", help="Never make the image smaller than it is.")
    ],
    "crop": Annotated[
        str | None,
        typer.Option("--crop", metavar="left,top,width,height", help="Take this part of the image, in pixels of it."),
    ],
    "trim": Annotated[
        float | None,
        typer.Option("--trim", min=0, max=255, help="Cut off edges that differ less from the left top pixel; try 10."),
    ],
    "flip": Annotated[bool | None, typer.Option("--flip", help="Mirror upside down.")],
    "flop": Annotated[bool | None, typer.Option("--flop", help="Mirror left to right.")],
    "rotate": Annotated[
        float | None, typer.Option("--rotate", min=-360, max=360, help="Turn clockwise by so many degrees.")
    ],
    "grayscale": Annotated[bool | None, typer.Option("--grayscale", help="Make it gray.")],
    "blur": Annotated[float | None, typer.Option("--blur", min=0.3, max=100, help="Blur by this sigma, in pixels.")],
    "sharpen": Annotated[
        float | None, typer.Option("--sharpen", min=0.1, max=10, help="Sharpen by this sigma, in pixels; try 1.")
    ],
    "format": Annotated[
        FormatWord | None, typer.Option("--format", help="Format of the result; the source's by default.")
    ],
    "frames": Annotated[
        str | None, typer.Option("--frames", help="Frames of an animation: all, or the first ones up to this number.")
    ],
    "quality": Annotated[int | None, typer.Option("--quality", min=1, max=100, help="Quality of a lossy format.")],
    "lossless": Annotated[bool | None, typer.Option("--lossless", help="Keep every pixel, in WebP or AVIF.")],
    "effort": Annotated[
        int | None, typer.Option("--effort", min=0, max=10, help="How hard WebP, AVIF or GIF try to be small.")
    ],
    "max_bytes": Annotated[
        int | None,
        typer.Option("--max-bytes", min=1, max=MAX_BYTES_ASKED, help="Lower the quality until the file fits."),
    ],
    "keep_metadata": Annotated[
        KeepWord | None,
        typer.Option("--keep-metadata", help="Keep what says whose the image is, or all; none by default."),
    ],
    "placeholder": Annotated[
        PlaceholderWord | None,
        typer.Option("--placeholder", help="Tell a string to show until the image is there, too."),
    ],
}


def takes_parameters(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command all the options above, in place of its argument `parameters`, which gets those that are given."""

    @wraps(command)
    def with_options(**arguments: Any) -> None:  # noqa: ANN401 - whatever the command takes
        given = {name: arguments.pop(name) for name in OPTIONS}
        command(**arguments, parameters={name: value for name, value in given.items() if value is not None})

    own = signature(command, eval_str=True)
    options = [Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind) for name, kind in OPTIONS.items()]
    taken = [[taken] if taken.name != "parameters" else options for taken in own.parameters.values()]
    vars(with_options)["__signature__"] = own.replace(parameters=[each for some in taken for each in some])
    return with_options


def transformation(given: Given) -> "Transformation":
    """The transformation that the options ask for; ends the command with a sentence if they cannot go together."""
    from pydantic import ValidationError

    from pixelmill.domain.transformation import Transformation

    try:
        return Transformation.model_validate(given | _spelled_out(given))
    except ValidationError as error:
        stop(_sentence(error), ExitCode.USAGE)


def asked(given: Given, preset: str | None) -> Given:
    """The options as parameters of a request, checked as far as it can be done here: a preset's are the service's."""
    if preset is not None:
        return given | _spelled_out(given)
    return transformation(given).model_dump(mode="json", exclude_unset=True)


def _spelled_out(given: Given) -> Given:
    """The options of several kinds or parts, as what the fields are."""
    objects: Given = {}
    if "crop" in given:
        objects["crop"] = _numbers("crop", given["crop"], int, ("left", "top", "width", "height"))
    if given.get("frames", "all").isdecimal():
        objects["frames"] = int(given["frames"])
    if "," in given.get("position", ""):
        objects["position"] = _numbers("position", given["position"], float, ("x", "y"))
    return objects


def _numbers(option: str, text: str, number: type[int | float], names: tuple[str, ...]) -> Given:
    try:
        return dict(zip(names, map(number, text.split(",")), strict=True))
    except ValueError:
        stop(f"--{option}: expected {','.join(names)}, received {text}", ExitCode.USAGE)


def _sentence(error: "ValidationError") -> str:
    """What is wrong, naming the option where it is one's."""
    from pixelmill.domain.transformation import Transformation
    from pixelmill.submit.complaints import invalid_request

    complaints = invalid_request(error, Transformation).errors
    return "; ".join(f"--{each.field}: {each.detail}" if each.field else each.detail for each in complaints)

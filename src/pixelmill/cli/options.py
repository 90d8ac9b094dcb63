"""The options of `submit`, `resize` and `status` that say how, and where to."""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

PriorityWord = Literal["interactive", "bulk"]
"""The domain's words once more, as in `parameters`."""

Sources = Annotated[
    list[str], typer.Argument(metavar="SOURCE", help="URLs, files, folders, patterns; - reads them, one a line.")
]
Files = Annotated[
    list[str], typer.Argument(metavar="SOURCE", help="Files, folders, patterns; - reads them, one a line.")
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="File, whose suffix asks for the format, or existing folder; "
        "by default <name>-<width>x<height>.<format> here. Folders below a source folder are kept.",
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        "--preset",
        help="Make a set of variants instead of one: responsive, or one of PIXELMILL_PRESETS. "
        "<name>.html then has markup that shows them.",
    ),
]
PriorityOption = Annotated[PriorityWord, typer.Option("--priority", help="bulk tasks wait for interactive ones.")]
Refresh = Annotated[bool, typer.Option("--refresh", help="Make it anew, even if the result is there.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Print the task ids at once; save nothing.")]
Timeout = Annotated[float, typer.Option("--timeout", min=1, help="Longest wait, in seconds.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print every task as a line of JSON.")]
ResultsAsJson = Annotated[bool, typer.Option("--json", help="Print a line of JSON for every source.")]
AtOnce = Annotated[int, typer.Option("--at-once", min=1, max=64, help="On how many sources to work at the same time.")]


def _key(value: str | None) -> str | None:
    if value:
        from pixelmill.client.answers import credentials

        try:
            credentials(value)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    return value or None


ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        envvar="PIXELMILL_API_KEY",
        callback=_key,
        help="Opens a service that asks for keys; best in the environment, since others on the machine see arguments.",
    ),
]


def _address(value: str) -> str:
    from pixelmill.client.answers import address

    try:
        address(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return value


Server = Annotated[
    str, typer.Option("--server", envvar="PIXELMILL_SERVER", callback=_address, help="Where the service is.")
]


DEFAULT_AT_ONCE: Final = 8
DEFAULT_SERVER: Final = "http://127.0.0.1:8080"
DEFAULT_TIMEOUT_SECONDS: Final = 300.0
"""Three attempts at the service's own limits (30 s to fetch, 30 s to transform) with room to queue."""

"""`pixelmill sign`: the URL of an image for a web page."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from pixelmill.cli import files, options
from pixelmill.cli.exits import ExitCode, plain_errors, stop
from pixelmill.cli.parameters import Given, takes_parameters, transformation


@takes_parameters
def sign(
    source: Annotated[str, typer.Argument(metavar="URL", help="The image, fetched by the service.")],
    *,
    parameters: Given,
    key: Annotated[
        str | None, typer.Option("--key", envvar="PIXELMILL_SIGNING_KEY", help="One of the service's signing keys.")
    ] = None,
    expires_in: Annotated[
        int | None, typer.Option("--expires-in", min=1, help="Seconds until the URL ceases to be valid.")
    ] = None,
    server: options.Server = options.DEFAULT_SERVER,
) -> None:
    """Print the URL under which a service makes and shows an image, for <img src>.

    Without a key it is not signed, and works where signatures are not asked for. Nothing is sent.
    """
    if not files.is_url(source):
        stop(f"expected a URL, received {source}", ExitCode.USAGE)
    with plain_errors():
        wanted = transformation(parameters)
        from pixelmill.client.resize_url import resize_url

        expires_at = datetime.now(UTC) + timedelta(seconds=expires_in) if expires_in else None
        given = {name: getattr(wanted, name) for name in parameters}
        typer.echo(resize_url(server, source, key=key, expires_at=expires_at, **given))

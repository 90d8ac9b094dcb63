"""The commands that run a role, all roles, or the migrations. Each stays in the foreground until it is stopped."""

from pathlib import Path
from typing import Annotated

import typer

from pixelmill.cli.exits import plain_errors, stop

DEFAULT_PORT = 8080
DEFAULT_DATA_DIR = Path(".data")


def _folder(value: str) -> Path:
    if not value:  # `--data-dir "$UNSET"` is a mistake, and would be the current folder
        raise typer.BadParameter("expected a folder")
    return Path(value)


def up(
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Public port.")] = DEFAULT_PORT,
    data_dir: Annotated[
        Path,
        typer.Option(parser=_folder, metavar="<path>", help="Where the servers keep their data; made if missing."),
    ] = DEFAULT_DATA_DIR,
    public: Annotated[
        bool,
        typer.Option("--public", help="Listen on every address; PIXELMILL_API_ACCESS says who may come."),
    ] = False,
) -> None:
    """Run the whole service on this machine.

    Starts the servers, api, worker, cleanup crew and the page, and restarts what crashes; Ctrl-C stops all.

    Exits with a code of sysexits.h when it cannot start: 65 the data is of another version, 69 the port is taken, 72 a
    server is missing, 73 the folder cannot be written, 74 the disk is full, 75 the folder is in use, 78 a setting is
    wrong, 70 and 71 anything else.
    """
    with plain_errors():
        from pixelmill.stack.failures import StartError
        from pixelmill.stack.main import up as run

        try:
            run(port, data_dir, is_public=public)
        except StartError as error:
            stop(str(error), error.exit_code)


def api() -> None:
    """Run the api.

    PIXELMILL_API_HOST and PIXELMILL_API_PORT say where it listens.
    """
    with plain_errors():
        from pixelmill.api.main import main

        main()


def worker() -> None:
    """Run a worker: fetch, transform, store.

    One uses all cores of its host; run one on every host that should work.
    """
    with plain_errors():
        from pixelmill.worker.main import main

        main()


def cleanup_crew() -> None:
    """Run the cleanup crew: remove what has expired.

    Of several, one is active.
    """
    with plain_errors():
        from pixelmill.cleanup_crew.main import main

        main()


def migrate() -> None:
    """Bring the schema in Postgres up to date.

    Does nothing where it is; any number may run at once. DATABASE_URL says where Postgres is.
    """
    with plain_errors():
        from pixelmill.audit.migrate import migrate as run
        from pixelmill.settings import Settings

        run(Settings.from_environment().audit.database_url)
        typer.echo("the trail's schema is up to date")

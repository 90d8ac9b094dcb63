"""`pixelmill api-keys`: make and revoke the keys of a service that asks for them, in its database."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixelmill.cli import options
from pixelmill.cli.exits import HELP, ExitCode, plain_errors, stop
from pixelmill.cli.roles import DEFAULT_DATA_DIR

if TYPE_CHECKING:
    from pixelmill.access.keys import ApiKeys

app = typer.Typer(
    name="api-keys",
    help="Make, list or revoke API keys. The database is that of DATABASE_URL, else that of pixelmill up.",
    epilog=HELP,
    no_args_is_help=True,
)

DataDirOption = Annotated[
    Path, typer.Option(help="Data directory of pixelmill up, whose database is taken if none is named.")
]


class ScopeWord(StrEnum):
    """The domain's words once more: what a command needs is loaded when it runs."""

    SUBMIT = "submit"
    READ = "read"
    OPERATE = "operate"


@app.command(epilog=HELP)
def create(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="Whose key it is; keys of a tenant see its tasks.")],
    *,
    scope: Annotated[
        list[ScopeWord], typer.Option("--scope", help="What it is good for; may be given more than once.")
    ] = [ScopeWord.SUBMIT, ScopeWord.READ],  # noqa: B006 - typer wants a list, and makes a new one for each call
    webhook_url: Annotated[
        str | None, typer.Option("--webhook-url", help="Who is told of tasks that name nobody themselves.")
    ] = None,
    as_json: options.AsJson = False,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
) -> None:
    """Make a key and print it: once, it is kept nowhere.

    To replace a key, make another one for the same tenant, use it, and revoke the old one.
    """
    with plain_errors(), _keys(data_dir) as keys:
        import json

        from pydantic import ValidationError

        from pixelmill.domain.access import CreateApiKeyRequest, Scope
        from pixelmill.submit.complaints import invalid_request

        try:
            wanted = CreateApiKeyRequest(
                tenant=tenant, scopes=frozenset(Scope(word) for word in scope), webhook_url=webhook_url
            )
        except ValidationError as error:
            raise invalid_request(error, CreateApiKeyRequest) from error
        key, text = keys.create(wanted)
        typer.echo(json.dumps(key.model_dump(mode="json") | {"text": text}) if as_json else text)


@app.command("list", epilog=HELP)
def list_(*, as_json: options.AsJson = False, data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """List all keys that were ever made, the newest first.

    One a line: its id, its tenant, what it is good for, and since when, or since when not any more.
    """
    with plain_errors(), _keys(data_dir) as keys:
        for key in keys.list_all():
            state = f"revoked {key.revoked_at:%FT%TZ}" if key.revoked_at else f"since {key.created_at:%FT%TZ}"
            line = f"{key.key_id}  {key.tenant}  {','.join(key.scopes)}  {state}"
            typer.echo(key.model_dump_json() if as_json else line)


@app.command(epilog=HELP)
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="As list prints it: the middle of the key.")],
    *,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
) -> None:
    """Have a key open nothing any more, within seconds."""
    with plain_errors(), _keys(data_dir) as keys:
        if keys.revoke(key_id) is None:
            stop(f"no key has the id {key_id}", ExitCode.GONE)


@contextmanager
def _keys(data_dir: Path) -> "Iterator[ApiKeys]":
    from contextlib import closing

    from pixelmill.access.keys import ApiKeys
    from pixelmill.cli.checks.subject import find_subject
    from pixelmill.settings import Settings
    from pixelmill.telemetry.logs import configure_logs

    settings = Settings.from_environment()
    configure_logs(role="api-keys", level=settings.log.level, log_format=settings.log.format)
    database_url = find_subject(settings, data_dir).database_url
    if database_url is None:
        stop(f"no database is named, and pixelmill up does not run on {data_dir}", ExitCode.UNREACHABLE)
    with closing(ApiKeys(settings.audit.model_copy(update={"database_url": database_url}))) as keys:
        yield keys

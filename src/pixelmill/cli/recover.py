"""`pixelmill recover`: start again what was accepted and what Redis has lost."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixelmill.cli.exits import ExitCode, plain_errors, stop
from pixelmill.cli.roles import DEFAULT_DATA_DIR

if TYPE_CHECKING:
    from pixelmill.settings import Settings
    from pixelmill.submit.recovery import Recovered


def recover(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would be done; do nothing.")] = False,
    data_dir: Annotated[
        Path, typer.Option(help="Data directory of pixelmill up, whose servers are taken if none are named.")
    ] = DEFAULT_DATA_DIR,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as a line of JSON.")] = False,
) -> None:
    """Start again what was accepted and what Redis has lost.

    For a Redis that was restarted empty: the trail knows what was accepted and has not ended. The service may run
    meanwhile, and recovering twice does no harm. The servers are those that REDIS_URL, DATABASE_URL and
    PIXELMILL_STORE_URL name, else those of pixelmill up.
    """
    with plain_errors():
        import asyncio
        import json
        from dataclasses import asdict

        recovered = asyncio.run(_recover(_settings(data_dir), dry_run=dry_run))
        if as_json:
            typer.echo(json.dumps(asdict(recovered)))
            return
        typer.echo(f"{recovered.requeued} {'to requeue' if dry_run else 'requeued'}")
        typer.echo(f"{recovered.known} still in the queue")
        typer.echo(f"{recovered.superseded} submitted again since")
        typer.echo(f"{len(recovered.gone)} whose upload is gone")
        for task_id in recovered.gone:
            typer.echo(f"  {task_id}")


async def _recover(settings: "Settings", *, dry_run: bool) -> "Recovered":
    from contextlib import closing

    from pixelmill.audit.stream import TrailJournal
    from pixelmill.audit.trail import Trail
    from pixelmill.queue.task_queue import TaskQueue
    from pixelmill.store.store import Store
    from pixelmill.submit.recovery import Recovery
    from pixelmill.telemetry.logs import configure_logs

    configure_logs(role="recover", level=settings.log.level, log_format=settings.log.format)
    queue = TaskQueue(settings.queue, settings.result, TrailJournal(settings.audit))
    with closing(Trail(settings.audit)) as trail:
        try:
            return await Recovery(trail, queue, Store.open(settings.store), dry_run=dry_run).run()
        finally:
            await queue.close()


def _settings(data_dir: Path) -> "Settings":
    """Those of the environment, with the servers of `pixelmill up` in place of servers that none names."""
    from pixelmill.cli.checks.subject import find_subject
    from pixelmill.settings import Settings

    settings = Settings.from_environment()
    subject = find_subject(settings, data_dir)
    if subject.redis_url is None or subject.database_url is None or subject.store is None:
        stop(f"no servers are named, and pixelmill up does not run on {data_dir}", ExitCode.UNREACHABLE)
    settings.queue = settings.queue.model_copy(update={"redis_url": subject.redis_url})
    settings.audit = settings.audit.model_copy(update={"database_url": subject.database_url})
    settings.store = subject.store
    return settings

"""What `submit` does once its options are understood. Loaded by the command when it runs, with all it needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from pixelmill.cli import files
from pixelmill.cli.describe import dimensions, error_of, state_of
from pixelmill.cli.progress import Report, progress
from pixelmill.client import Client
from pixelmill.domain.task import Priority, Task
from pixelmill.domain.transformation import Transformation
from pixelmill.domain.variant import Variant

VARIANT: Final = "image"
"""Name of the one variant asked for, as in a request with `parameters` alone: the two share a task."""


@dataclass(frozen=True)
class Errand:
    """One transformation of one or more sources.

    Attributes:
        wanted: What to make.
        priority: `interactive` or `bulk`.
        refresh: Make it anew, even if the result is there.
        output: File or existing folder of the results.
        timeout_seconds: Longest wait for one task.
        as_json: Print tasks as lines of JSON instead of the paths of the results.
    """

    wanted: Transformation
    priority: str
    refresh: bool
    output: Path | None
    timeout_seconds: float
    as_json: bool

    def run(self, sources: Sequence[str], server: str, *, wait: bool) -> bool:
        """Submit every source, then wait for each task and save its result; whether none failed.

        All are submitted before the first is waited for, so that the service works on them together.
        """
        with Client(server) as client, progress() as report:
            tasks = [self._submit(client, source, report) for source in sources]
            ends: list[tuple[Task, Path | None]] = [(task, None) for task in tasks]
            for index, source in enumerate(sources if wait else ()):
                taken = {path for _, path in ends if path is not None}
                ends[index] = self._finish(client, source, tasks[index], taken, report)
        for task, path in ends:
            self._print(task, path)
        return all(error_of(task, VARIANT) is None for task, _ in ends)

    def _submit(self, client: Client, source: str, report: Report) -> Task:
        report(source, "submitting")
        task = client.submit(
            source if files.is_url(source) else Path(source),
            variants={VARIANT: self.wanted},
            priority=Priority(self.priority),
            refresh=self.refresh,
        )
        report(source, state_of(task))
        return task

    def _finish(
        self, client: Client, source: str, task: Task, taken: set[Path], report: Report
    ) -> tuple[Task, Path | None]:
        """Wait for a task and save its result; the task as it ended, and the path if there is a result."""

        def on_change(now: Task) -> None:
            if not now.status.is_final:  # what became of it is told below
                report(source, state_of(now))

        task = client.wait(task, self.timeout_seconds, on_change)
        variant = task.result.variants[VARIANT] if task.result else None
        if not isinstance(variant, Variant):
            error = error_of(task, VARIANT)
            report(source, f"failed: {error.detail}" if error else state_of(task))
            return task, None
        path = files.target(source, self.output, variant.width, variant.height, variant.format.value)
        path = files.distinct(path, taken)
        files.save(path, lambda unfinished: client.download(variant, unfinished))
        report(source, f"saved as {path} ({dimensions(variant)})")
        return task, path

    def _print(self, task: Task, path: Path | None) -> None:
        if self.as_json:
            typer.echo(task.model_dump_json())
        elif path is not None:
            typer.echo(path)
        elif not task.status.is_final:
            typer.echo(task.task_id)

"""What `submit` does once its options are understood. Loaded by the command when it runs, with all it needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from pixelmill.cli import files
from pixelmill.cli.describe import dimensions, failures_of, state_of
from pixelmill.cli.parameters import Given
from pixelmill.cli.progress import Report, progress
from pixelmill.cli.results import save_images, save_markup
from pixelmill.client import Client
from pixelmill.domain.task import Priority, Task


@dataclass(frozen=True)
class Errand:
    """The same images of one or more sources.

    Attributes:
        preset: The set of variants to make of each; None for one variant.
        parameters: What to make, or what all variants of the set have in common.
        priority: `interactive` or `bulk`.
        refresh: Make it anew, even if the result is there.
        output: File or existing folder of the results.
        timeout_seconds: Longest wait for one task.
        as_json: Print tasks as lines of JSON instead of the paths of the results.
    """

    preset: str | None
    parameters: Given
    priority: str
    refresh: bool
    output: Path | None
    timeout_seconds: float
    as_json: bool

    def run(self, sources: Sequence[str], server: str, *, wait: bool) -> bool:
        """Submit every source, then wait for each task and save its results; whether none failed.

        All are submitted before the first is waited for, so that the service works on them together.
        """
        with Client(server) as client, progress() as report:
            tasks = [self._submit(client, source, report) for source in sources]
            ends: list[tuple[Task, list[Path]]] = [(task, []) for task in tasks]
            for index, source in enumerate(sources if wait else ()):
                taken = {path for _, paths in ends for path in paths}
                ends[index] = self._finish(client, source, tasks[index], taken, report)
        for task, paths in ends:
            self._print(task, paths)
        return not any(failure for task, _ in ends for failure in failures_of(task))

    def _submit(self, client: Client, source: str, report: Report) -> Task:
        report(source, "submitting")
        task = client.submit(
            source if files.is_url(source) else Path(source),
            preset=self.preset,
            priority=Priority(self.priority),
            refresh=self.refresh,
            **self.parameters,
        )
        report(source, state_of(task))
        return task

    def _finish(
        self, client: Client, source: str, task: Task, taken: set[Path], report: Report
    ) -> tuple[Task, list[Path]]:
        """Wait for a task and save its results; the task as it ended, and their paths."""

        def on_change(now: Task) -> None:
            if not now.status.is_final:  # what became of it is told below
                report(source, state_of(now))

        task = client.wait(task, self.timeout_seconds, on_change)
        paths = self._save(client, source, task, taken, report)
        failures = list(failures_of(task))
        for said in failures if failures or paths else [state_of(task)]:
            report(source, said)
        return task, paths

    def _save(self, client: Client, source: str, task: Task, taken: set[Path], report: Report) -> list[Path]:
        made = task.result.made.values() if task.result else ()
        saved = save_images(source, made, self.output, taken, client.download)
        for variant, image in saved.items():
            report(source, f"saved as {image.path} ({dimensions(variant)})")
        paths = [image.path for image in saved.values()]
        if self.preset is not None and saved:
            paths.append(save_markup(source, saved.values(), self.output, taken))
            report(source, f"markup saved as {paths[-1]}")
        return paths

    def _print(self, task: Task, paths: Sequence[Path]) -> None:
        if self.as_json:
            typer.echo(task.model_dump_json())
        elif not task.status.is_final:
            typer.echo(task.task_id)
        for path in () if self.as_json else paths:
            typer.echo(path)

"""What `submit` does once its options are understood. Loaded by the command when it runs, with all it needs."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from pixelmill.cli import files
from pixelmill.cli.batch import Ended, work_on
from pixelmill.cli.describe import dimensions, failures_of, share_of, state_of
from pixelmill.cli.parameters import Given
from pixelmill.cli.progress import Display, progress
from pixelmill.cli.results import Results
from pixelmill.cli.sources import Source
from pixelmill.client import ApiProblem, AsyncClient, ClientError, DownloadDamaged
from pixelmill.domain.errors import TooManySubmissions
from pixelmill.domain.task import Task


@dataclass(frozen=True)
class Errand:
    """The same images of one or more sources.

    Attributes:
        preset: The set of variants to make of each; None for one variant.
        parameters: What to make, or what all variants of the set have in common.
        priority: `interactive` or `bulk`.
        refresh: Make it anew, even if the result is there.
        output: File or existing folder of the results.
        timeout_seconds: Longest wait for one task, and until it can be submitted.
        as_json: Print tasks as lines of JSON instead of the paths of the results.
        wait: Whether to wait for the results and save them.
        at_once: On how many sources to work at the same time.
    """

    preset: str | None
    parameters: Given
    priority: str
    refresh: bool
    output: Path | None
    timeout_seconds: float
    as_json: bool
    wait: bool
    at_once: int

    def run(self, sources: Sequence[Source], server: str, api_key: str | None) -> bool:
        """Submit every source, wait for its task and save its results; whether none failed.

        A source that fails does not keep the others from being worked on, unless the reason is the same for all.
        """
        with progress(len(sources)) as display:
            return asyncio.run(self._run(sources, server, api_key, display))

    async def _run(self, sources: Sequence[Source], server: str, api_key: str | None, display: Display) -> bool:
        async with AsyncClient(server, api_key=api_key) as client:
            each = _Each(self, client, display, Results(sources, self.output), is_alone=len(sources) == 1)
            return await work_on(sources, each.work, self.at_once, display.result)


@dataclass(frozen=True)
class _Each:
    """The errand for one source after another."""

    errand: Errand
    client: AsyncClient
    display: Display
    results: Results
    is_alone: bool

    async def work(self, source: Source) -> Ended:
        """Do the errand for a source."""
        try:
            return await self._work(source)
        except (ClientError, OSError) as error:
            if self.is_alone or not _is_about_source(error):
                raise
            said = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            self.display.end(source.name, f"failed: {said}")
            return Ended(is_well=False)
        finally:
            self.results.end(source)

    async def _work(self, source: Source) -> Ended:
        self.display.tell(source.name, "submitting")
        task = await self._submit(source)
        if not self.errand.wait:
            self.display.end(source.name, state_of(task))
            return self._ended(task, [])
        async for state in self.client.stream(task, self.errand.timeout_seconds):
            task = state
            if not task.status.is_final:  # what became of it is told below
                self.display.tell(source.name, state_of(task), share_of(task))
        await self.results.turn(source)
        saved = await self._save(source, task)
        failures = list(failures_of(task))
        self.display.end(source.name, *saved.values(), *(failures if failures or saved else [state_of(task)]))
        return self._ended(task, list(saved))

    async def _submit(self, source: Source) -> Task:
        """Hand it in; if the service takes no more in this minute, after the pause it asks for."""
        deadline = time.monotonic() + self.errand.timeout_seconds
        while True:
            try:
                return await self._submit_now(source)
            except ApiProblem as problem:
                pause_seconds = problem.retry_after_seconds
                if problem.code != TooManySubmissions.code or pause_seconds is None:
                    raise
                if time.monotonic() + pause_seconds > deadline:
                    raise
                self.display.tell(source.name, f"waiting {pause_seconds} s, the service takes no more now")
            await asyncio.sleep(pause_seconds)

    async def _submit_now(self, source: Source) -> Task:
        return await self.client.submit(
            source.name if source.is_url else Path(source.name),
            preset=self.errand.preset,
            priority=self.errand.priority,
            refresh=self.errand.refresh,
            **self.errand.parameters,
        )

    async def _save(self, source: Source, task: Task) -> dict[Path, str]:
        """Save the results; their paths, each with what to say of it."""
        placed = self.results.place(source, task.result.made.values() if task.result else ())
        for variant, image in placed.items():
            with files.saving(image.path) as unfinished:
                await self.client.download(variant, unfinished)
        said = {image.path: f"saved as {image.path} ({dimensions(variant)})" for variant, image in placed.items()}
        if self.errand.preset is not None and placed:
            path = self.results.save_markup(source, placed.values())
            said[path] = f"markup saved as {path}"
        return said

    def _ended(self, task: Task, paths: Sequence[Path]) -> Ended:
        if self.errand.as_json:
            lines = [task.model_dump_json()]
        else:
            lines = [str(path) for path in paths] if task.status.is_final else [task.task_id]
        return Ended(tuple(lines), is_well=not any(failures_of(task)))


def _is_about_source(error: ClientError | OSError) -> bool:
    """Whether it says nothing about the other sources."""
    if not isinstance(error, ApiProblem):
        return isinstance(error, OSError | DownloadDamaged)  # among the former: it took too long
    if error.errors:
        return all(field.field.startswith("image") for field in error.errors)
    return error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}

"""What `submit` does once its options are understood. Loaded by the command when it runs, with all it needs."""

import asyncio
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from pixelmill.cli import files
from pixelmill.cli.batch import Ended, failed, work_on
from pixelmill.cli.describe import failures_of, share_of, state_of
from pixelmill.cli.parameters import Given
from pixelmill.cli.progress import Display, progress
from pixelmill.cli.results import Results, Saved, shown
from pixelmill.cli.sources import Source
from pixelmill.client import ApiProblem, AsyncClient, ClientError, DownloadDamaged
from pixelmill.domain.errors import TooManySubmissions
from pixelmill.domain.task import Task
from pixelmill.domain.variant import Variant

INTERRUPTED: Final = (
    "interrupted; what was submitted goes on: the same command (without --refresh) takes it up again, "
    "pixelmill history lists it"
)


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
        as_json: Print a line of JSON for each source instead of the paths of the results.
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
        try:
            with progress(len(sources)) as display:
                return asyncio.run(self._run(sources, server, api_key, display))
        except KeyboardInterrupt:
            raise KeyboardInterrupt(INTERRUPTED) from None

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
            return self._failed(source, error)
        finally:
            self.results.end(source)

    async def _work(self, source: Source) -> Ended:
        self.display.tell(source.name, "submitting")
        task = await self._submit(source)
        if not self.errand.wait:
            self.display.end(source.name, state_of(task))
            return self._ended(source, task, {}, [task.task_id])
        async for state in self.client.stream(task, self.errand.timeout_seconds):
            task = state
            if not task.status.is_final:  # what became of it is told below
                self.display.tell(source.name, state_of(task), share_of(task))
        await self.results.turn(source)
        saved = await self._save(source, task)
        told = self.results.told(source, saved, with_markup=self.errand.preset is not None)
        failures = list(failures_of(task))
        self.display.end(source.name, *told.values(), *(failures if failures or saved else [state_of(task)]))
        return self._ended(source, task, saved, told)

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

    async def _save(self, source: Source, task: Task) -> dict[Variant, Saved]:
        placed = self.results.place(source, task.result.made.values() if task.result else ())
        for variant, image in placed.items():
            with files.saving(image.path) as unfinished:
                await self.client.download(variant, unfinished)
        return placed

    def _ended(self, source: Source, task: Task, saved: Mapping[Variant, Saved], lines: Iterable[Path | str]) -> Ended:
        told = [_json(source, task, saved)] if self.errand.as_json else map(str, lines)
        return Ended(tuple(told), is_well=not any(failures_of(task)))

    def _failed(self, source: Source, error: ClientError | OSError) -> Ended:
        detail = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        self.display.end(source.name, f"failed: {detail}")
        told = {"code": error.code, "detail": error.detail} if isinstance(error, ApiProblem) else {"detail": detail}
        return failed(source, told, as_json=self.errand.as_json)


def _json(source: Source, task: Task, saved: Mapping[Variant, Saved]) -> str:
    """What `resize --json` says of a source, in the same words, and the task as the service told it."""
    line: dict[str, object] = {"source": source.name}
    if task.error:
        line["error"] = task.error.model_dump()
    if task.result:
        line["variants"] = {
            name: shown(variant, saved[variant])
            if isinstance(variant, Variant) and variant in saved
            else variant.model_dump(mode="json", exclude_none=True)
            for name, variant in task.result.variants.items()
        }
    return json.dumps(line | {"task": task.model_dump(mode="json")})


def _is_about_source(error: ClientError | OSError) -> bool:
    """Whether it says nothing about the other sources."""
    if not isinstance(error, ApiProblem):
        return isinstance(error, OSError | DownloadDamaged)  # among the former: it took too long
    if error.errors:
        return all(field.field.startswith("image") for field in error.errors)
    return error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}

"""A worker without images: the real queue consumer, ending tasks in the way their URL asks for."""

import asyncio
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

from pixelmill.domain.errors import SourceNotFound, SourceUnreachable
from pixelmill.domain.markup import markup_of
from pixelmill.domain.source import SourceInfo, UploadSource
from pixelmill.domain.task import Outcome, Stage, Task, Timings, Work
from pixelmill.domain.transformation import OutputFormat
from pixelmill.domain.variant import Result, Variant
from pixelmill.queue.attempt import Lease
from pixelmill.queue.consumer import Attempt, Consumer, ReportStage
from pixelmill.settings import QueueSettings, ResultSettings

HELD: Final = "https://example.com/held/"
"""Tasks of these sources go on, stage by stage, when `step` is called."""
MISSING: Final = "https://example.com/missing/"
"""Tasks of these sources fail for good."""
UNREACHABLE: Final = "https://example.com/unreachable/"
"""Tasks of these sources fail, and may be tried again."""
EXECUTION_ID: Final = "1f0c8a52"
CONTENT_SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class ToyWorker:
    """Takes tasks in a thread for as long as the context lasts. `dropped` counts held tasks that were canceled."""

    def __init__(self, redis_url: str) -> None:
        self._consumer = Consumer(
            QueueSettings(redis_url=redis_url), ResultSettings(), self._process, self._on_lost, concurrency=32
        )
        self._loop = asyncio.new_event_loop()
        self._steps = asyncio.Semaphore(0)
        self._stop = asyncio.Event()
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="toy-worker", daemon=True)

    def step(self) -> None:
        """Let one held task go on by one stage, or end."""
        self._loop.call_soon_threadsafe(self._steps.release)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=20)
        assert not self._thread.is_alive(), "the worker does not end"

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._work())

    async def _work(self) -> None:
        working = asyncio.create_task(self._consumer.run())
        await self._stop.wait()
        await self._consumer.close(grace_seconds=0.1)
        await working

    async def _process(self, work: Work, attempt: Attempt, report_stage: ReportStage) -> Outcome:
        del attempt
        url = "" if isinstance(work.source, UploadSource) else work.source.image_url
        if url.startswith(MISSING):
            raise SourceNotFound("The origin answered 404.")
        if url.startswith(UNREACHABLE):
            raise SourceUnreachable("The origin does not answer.")
        if url.startswith(HELD):
            await self._hold(report_stage)
        return _outcome(work)

    async def _hold(self, report_stage: ReportStage) -> None:
        try:
            for stage in (Stage.TRANSFORMING, Stage.STORING):
                await self._steps.acquire()
                await report_stage(stage)
            await self._steps.acquire()
        except asyncio.CancelledError:
            self.dropped += 1
            raise

    async def _on_lost(self, work: Work, task: Task, _lease: Lease) -> None:
        raise AssertionError(f"lost {work.task_id} as {task.status}")


def _outcome(work: Work) -> Outcome:
    slot = datetime.now(UTC).strftime("%Y%m%dT%H%M")
    variants = {
        name: Variant(
            url=f"/images/{slot}/{work.task_id}/{EXECUTION_ID}/{name}.webp",
            format=OutputFormat.WEBP,
            width=wanted.width or 1,
            height=wanted.height or 1,
            bytes=1,
            sha256=CONTENT_SHA256,
        )
        for name, wanted in work.variants.items()
    }
    return Outcome(
        execution_id=EXECUTION_ID,
        source=SourceInfo(image_url=getattr(work.source, "image_url", None)),
        result=Result(variants=dict(variants), markup=markup_of(variants.values()) if work.with_markup else None),
        timings_ms=Timings(queued=1.0),
    )

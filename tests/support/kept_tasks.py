"""Tasks as Redis keeps them, for tests that judge by them."""

from datetime import UTC, datetime

from pixelmill.domain.errors import SourceNotFound
from pixelmill.domain.source import ImageFormat, Source, SourceInfo, UploadSource, UrlSource
from pixelmill.domain.task import Outcome, Priority, Timings, Work, new_acceptance_id
from pixelmill.domain.transformation import OutputFormat, Transformation
from pixelmill.domain.variant import FailedVariant, Result, Variant
from pixelmill.queue.kept import KeptTask, State
from pixelmill.store.keys import image_url_of

MORNING = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
URL_SOURCE = UrlSource(image_url="https://example.com/cat.jpg")


def work_of(task_id: str, source: Source = URL_SOURCE, queued_at: datetime = MORNING) -> Work:
    return Work(
        acceptance_id=new_acceptance_id(),
        task_id=task_id,
        source=source,
        variants={"image": Transformation(width=10)},
        queued_at=queued_at,
    )


def uploaded(key: str) -> UploadSource:
    return UploadSource(sha256="a1" * 32, size_bytes=3, key=key)


def outcome_with(*keys: str) -> Outcome:
    """What a worker hands back that stored variants under these keys, and could not make one more."""
    variants: dict[str, Variant | FailedVariant] = {
        f"variant{number}": Variant(
            url=image_url_of(key), format=OutputFormat.WEBP, width=8, height=6, bytes=3, sha256="b2" * 32
        )
        for number, key in enumerate(keys)
    }
    variants["broken"] = FailedVariant(error=SourceNotFound().as_task_error())
    return Outcome(
        execution_id="1f0c8a52",
        source=SourceInfo(image_url=URL_SOURCE.image_url, format=ImageFormat.JPEG),
        result=Result(variants=variants),
        timings_ms=Timings(),
    )


def kept_in(state: State, work: Work, *result_keys: str) -> KeptTask:
    """The task in that state; a completed one refers to these results."""
    return KeptTask(
        state=state,
        work=work,
        priority=Priority.INTERACTIVE,
        attempts=1,
        finished_at=MORNING if state in {State.COMPLETED, State.FAILED} else None,
        outcome=outcome_with(*result_keys) if state is State.COMPLETED else None,
        error=SourceNotFound().as_task_error() if state is State.FAILED else None,
    )

"""Tasks in words, for a person at a terminal."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pixelmill.domain.source import SourceInfo
from pixelmill.domain.task import Task, Timings
from pixelmill.domain.variant import FailedVariant, Variant

if TYPE_CHECKING:
    from pixelmill.transform.order import MadeVariant


def state_of(task: Task) -> str:
    """The stage of a pending task, else how it ended."""
    return (task.stage or task.status).value


def share_of(task: Task) -> float | None:
    """How much of a task is done, from 0 to 1; None if it has not told.

    To fetch the source is one half of it, to make the variants the other: what the halves take, nobody knows before.
    """
    if task.progress is None:
        return None
    fetched = task.progress.fetched_bytes / task.progress.total_bytes if task.progress.total_bytes else 0
    return (min(1, fetched) + task.progress.variants_done / task.progress.variants) / 2


def failures_of(task: Task) -> Iterator[str]:
    """What was not made, and why: the whole task, or some of its variants; nothing if all is well so far."""
    if task.error:
        yield f"failed: {task.error.detail}"
    variants = task.result.variants if task.result else {}
    for name, variant in variants.items():
        if isinstance(variant, FailedVariant):
            yield f"{name} failed: {variant.error.detail}" if len(variants) > 1 else f"failed: {variant.error.detail}"


def dimensions(variant: "Variant | MadeVariant") -> str:
    """Size and format of an image, such as `800x600 webp, 48,211 bytes`, and its placeholder if it has one."""
    frames = f", {variant.frames} frames" if variant.frames > 1 else ""
    hint = f", placeholder {variant.placeholder}" if variant.placeholder else ""
    return f"{variant.width}x{variant.height} {variant.format.value}{frames}, {variant.bytes:,} bytes{hint}"


def task_lines(task: Task, server: str) -> Iterator[str]:
    """A task, one fact a line.

    Args:
        task: The task.
        server: Where the service is, for the addresses of its results.
    """
    yield f"task     {task.task_id}"
    yield f"status   {state_of(task)}" + (f", attempt {task.attempts}" if task.attempts > 1 else "")
    yield f"source   {_source(task.source)}"
    for name, variant in (task.result.variants if task.result else {}).items():
        if isinstance(variant, Variant):
            yield f"{name:8} {dimensions(variant)}"
            yield f"         {server.rstrip('/')}{variant.url}"
        else:
            yield f"{name:8} failed: {variant.error.detail}"
    if task.result and task.result.markup:
        first, *others = task.result.markup.picture.splitlines()
        yield f"markup   {first}"
        yield from (f"         {line}" for line in others)
    if task.error:
        yield f"error    {task.error.title}: {task.error.detail}"
    if task.timings_ms:
        yield f"took     {_timings(task.timings_ms)}"
    if task.expires_at:
        yield f"expires  {task.expires_at:%Y-%m-%d %H:%M:%S} UTC"


def history_line(task: Task) -> str:
    """A task of the history, in one line."""
    outcome = task.error.code if task.error else state_of(task)
    return f"{task.queued_at:%Y-%m-%dT%H:%M:%SZ}  {task.task_id}  {outcome}  {_source(task.source)}"


def dead_letter_line(task: Task) -> str:
    """A task that was given up, in one line."""
    code = task.error.code if task.error else "-"
    when = f"{task.finished_at:%Y-%m-%dT%H:%M:%SZ}" if task.finished_at else "-"
    return f"{task.task_id}  {when}  {task.attempts}  {code}  {_source(task.source)}"


def _source(source: SourceInfo) -> str:
    name = source.image_url or "upload"
    if source.format is None:
        return name
    return f"{name} ({source.width}x{source.height} {source.format.value}, {source.bytes or 0:,} bytes)"


def _timings(timings: Timings) -> str:
    return ", ".join(f"{name} {value:.0f} ms" for name, value in timings if value is not None)

"""What may go. Pure: times, keys and what Redis keeps come in as values.

A file may go when nobody will ask for it again:

1. its slot is past: it ended longer ago than a result lives, and
2. Redis keeps no task it belongs to, or keeps one that has ended and refers to other files.

The second rule alone already protects every live task; the first keeps the sweep from looking at what lives. Names of
files are never used twice, so what may go once may go for ever: it does no harm when it is removed late, twice, or by
two sweeps at once.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from pixelmill.domain.source import UploadSource
from pixelmill.domain.variant import Variant
from pixelmill.queue.kept import KeptTask
from pixelmill.settings import ResultSettings
from pixelmill.store.keys import Kind, image_url_of, result_key, slot_end, source_key, upload_key

STORING_GRACE: Final = timedelta(minutes=1)
"""Uploads and sources are stored before Redis knows of them. That takes seconds."""

UNFINISHED_AFTER: Final = timedelta(hours=1)
"""When a half-written file is what a killed process left behind: storing one takes seconds."""

REVISIT_AFTER_SHARE: Final = 10
"""A past slot that still holds something is looked at again after a tenth of its age. So what dead letters hold for a
week costs some fifty looks, not one in every sweep, and goes at most a tenth late."""


def past_slots(kind: Kind, slots: Iterable[str], results: ResultSettings, now: datetime) -> list[str]:
    """The slots whose files have outlived a result; those of sources need no result. What is no slot is not ours."""
    life = timedelta(0) if kind is Kind.SOURCES else timedelta(seconds=results.life_seconds)
    life += timedelta(0) if kind is Kind.RESULTS else STORING_GRACE
    return [slot for slot in slots if (end := _end_of(slot)) is not None and end + life <= now]


def revisit_at(slot: str, now: datetime) -> datetime:
    """When to look again at a past slot that still holds something."""
    return now + (now - slot_end(slot)) / REVISIT_AFTER_SHARE


def is_upload(key: str) -> bool:
    """Whether a file is an upload of ours. What is not, the sweep does not touch."""
    try:
        match key.split("/"):
            case [Kind.UPLOADS, slot, sha256]:
                return key == upload_key(slot, sha256)
    except ValueError:
        pass
    return False


def owner_of(key: str) -> str | None:
    """The id of the task or source a file belongs to; None for one that is not ours, which the sweep does not touch."""
    try:
        match key.split("/"):
            case [Kind.RESULTS, slot, task_id, execution_id, filename]:
                result_key(slot, task_id, execution_id, filename)
                return task_id
            case [Kind.SOURCES, slot, name]:
                source_id, _, download_id = name.partition(".")
                source_key(slot, source_id, download_id)
                return source_id
    except ValueError:
        pass
    return None


def may_go(key: str, kept: KeptTask | None) -> bool:
    """Whether a file in a past slot may go.

    Args:
        key: One that has an owner.
        kept: What Redis keeps of the owner. It must have been asked after the file was seen: whoever asks first may
            miss a task that is enqueued, run and completed before the file is seen.
    """
    return kept is None or not (kept.is_pending or _refers_to(kept, key))


def _refers_to(kept: KeptTask, key: str) -> bool:
    if key.startswith(f"{Kind.UPLOADS}/"):
        return isinstance(kept.work.source, UploadSource) and kept.work.source.key == key
    variants = kept.outcome.result.variants.values() if kept.outcome else ()
    return image_url_of(key) in {variant.url for variant in variants if isinstance(variant, Variant)}


def _end_of(slot: str) -> datetime | None:
    try:
        return slot_end(slot)
    except ValueError:
        return None

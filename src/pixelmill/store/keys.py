"""Names in the store: what lies where, and when it may go.

    results/<slot>/<task_id>/<execution_id>/<filename>    served as /images/<slot>/<task_id>/<execution_id>/<filename>
    uploads/<slot>/<sha256>                                one for all tasks of the same bytes
    sources/<slot>/<source_id>.<download_id>              fetched sources, kept for other sizes

A slot is the minute of creation in UTC, so that expiry looks at expired minutes only. An execution has a folder of its
own, so that two runs of one task never write to the same name.
"""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from pixelmill.domain.task import TASK_ID_PATTERN

SLOT_LENGTH: Final = timedelta(minutes=1)
"""Short, so that files go soon after a short result life."""

IMAGES_PATH: Final = "/images/"
"""Where results are served; nginx maps it to the folder `results`."""

_SLOT_FORMAT: Final = "%Y%m%dT%H%M"
_SLOT = re.compile(r"\d{8}T\d{4}")
_TASK_ID = re.compile(TASK_ID_PATTERN)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SOURCE_ID = re.compile(r"[0-9a-f]{32}")
_DOWNLOAD_ID = re.compile(r"[0-9a-f]{16}")
_EXECUTION_ID = re.compile(r"[0-9a-f]{8,32}")
_FILENAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\.[a-z0-9]{1,8}")


class Kind(StrEnum):
    """What is stored; the first part of every key."""

    RESULTS = "results"
    UPLOADS = "uploads"
    SOURCES = "sources"


def slot_of(moment: datetime) -> str:
    """The slot of files created at a moment (which must know its time zone)."""
    return moment.astimezone(UTC).strftime(_SLOT_FORMAT)


def slot_end(slot: str) -> datetime:
    """The moment from which no file is created in a slot any more.

    Raises:
        ValueError: It is not a slot.
    """
    if not _SLOT.fullmatch(slot):
        raise ValueError(f"not a slot: {slot!r}")
    return datetime.strptime(slot, _SLOT_FORMAT).replace(tzinfo=UTC) + SLOT_LENGTH


def slot_key(kind: Kind, slot: str) -> str:
    """The prefix of all files of a slot."""
    return f"{kind}/{slot}"


def task_key(kind: Kind, slot: str, task_id: str) -> str:
    """The prefix of all results of a task in a slot.

    Raises:
        ValueError: A part is malformed.
    """
    slot_end(slot)
    _require(_TASK_ID, "task id", task_id)
    return f"{kind}/{slot}/{task_id}"


def upload_key(slot: str, sha256: str) -> str:
    """Where uploaded bytes lie.

    Raises:
        ValueError: A part is malformed.
    """
    slot_end(slot)
    _require(_SHA256, "digest", sha256)
    return f"{Kind.UPLOADS}/{slot}/{sha256}"


def result_key(slot: str, task_id: str, execution_id: str, filename: str) -> str:
    """Where a variant made by an execution lies.

    Raises:
        ValueError: A part is malformed: what a request names never shapes a path.
    """
    _require(_EXECUTION_ID, "execution id", execution_id)
    _require(_FILENAME, "file name", filename)
    return f"{task_key(Kind.RESULTS, slot, task_id)}/{execution_id}/{filename}"


def source_key(slot: str, source_id: str, download_id: str) -> str:
    """Where a fetched source lies. A download has a name of its own, like an execution.

    Raises:
        ValueError: A part is malformed.
    """
    slot_end(slot)
    _require(_SOURCE_ID, "source id", source_id)
    _require(_DOWNLOAD_ID, "download id", download_id)
    return f"{Kind.SOURCES}/{slot}/{source_id}.{download_id}"


def image_url_of(key: str) -> str:
    """Where a result is served, relative to the service.

    Raises:
        ValueError: It is not the key of a result.
    """
    kind, _, rest = key.partition("/")
    if kind != Kind.RESULTS or not rest:
        raise ValueError(f"not the key of a result: {key!r}")
    return IMAGES_PATH + rest


def _require(pattern: re.Pattern[str], name: str, value: str) -> None:
    if not pattern.fullmatch(value):
        raise ValueError(f"not a well-formed {name}: {value!r}")

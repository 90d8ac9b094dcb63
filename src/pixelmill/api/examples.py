"""Examples in the OpenAPI document. They are instances of the models, so they cannot be wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pixelmill.domain.access import ApiKey, Scope
from pixelmill.domain.errors import SourceTimeout
from pixelmill.domain.source import ImageFormat, SourceInfo
from pixelmill.domain.task import Progress, Stage, Status, Task, Timings
from pixelmill.domain.transformation import OutputFormat
from pixelmill.domain.variant import Result, Variant
from pixelmill.queue.kept import CANCELED

_TASK_ID: Final = "5f1c0d9e8b7a6f5e4d3c2b1a09f8e7d6"
_QUEUED_AT: Final = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
_URL: Final = "https://example.com/cat.jpg"

_PENDING: Final = Task(
    task_id=_TASK_ID,
    status=Status.PENDING,
    stage=Stage.FETCHING,
    progress=Progress(fetched_bytes=1_048_576, total_bytes=2_911_022, variants=1),
    attempts=1,
    source=SourceInfo(image_url=_URL),
    queued_at=_QUEUED_AT,
    started_at=_QUEUED_AT + timedelta(milliseconds=2),
)

_COMPLETED: Final = Task(
    task_id=_TASK_ID,
    status=Status.COMPLETED,
    attempts=1,
    source=SourceInfo(
        image_url=_URL,
        format=ImageFormat.JPEG,
        width=4032,
        height=3024,
        frames=1,
        bytes=2_911_022,
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ),
    result=Result(
        variants={
            "image": Variant(
                url=f"/images/20261124T0430/{_TASK_ID}/7b7b39089988e00d60cd1140e93b0468/image.webp",
                format=OutputFormat.WEBP,
                width=800,
                height=600,
                bytes=48_211,
                sha256="2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
            )
        }
    ),
    queued_at=_QUEUED_AT,
    started_at=_QUEUED_AT + timedelta(milliseconds=2),
    finished_at=_QUEUED_AT + timedelta(milliseconds=77),
    expires_at=_QUEUED_AT + timedelta(hours=1),
    timings_ms=Timings(queued=2.1, fetch=31.0, transform=42.5, store=0.9),
)

_CANCELED: Final = Task(
    task_id=_TASK_ID,
    status=Status.CANCELED,
    attempts=1,
    source=SourceInfo(image_url=_URL),
    error=CANCELED,
    queued_at=_QUEUED_AT,
    started_at=_QUEUED_AT + timedelta(milliseconds=2),
    finished_at=_QUEUED_AT + timedelta(milliseconds=30),
    expires_at=_QUEUED_AT + timedelta(minutes=1),
)

_DEAD_LETTER: Final = Task(
    task_id=_TASK_ID,
    status=Status.FAILED,
    attempts=3,
    source=SourceInfo(image_url=_URL),
    error=SourceTimeout("The origin did not answer within 10 seconds.").as_task_error(),
    queued_at=_QUEUED_AT,
    started_at=_QUEUED_AT + timedelta(seconds=24),
    finished_at=_QUEUED_AT + timedelta(seconds=34),
    expires_at=_QUEUED_AT + timedelta(days=7),
)

PENDING_TASK: Final[dict[str, Any]] = _PENDING.model_dump(mode="json")
COMPLETED_TASK: Final[dict[str, Any]] = _COMPLETED.model_dump(mode="json")
DEAD_LETTER: Final[dict[str, Any]] = _DEAD_LETTER.model_dump(mode="json")
CANCELED_TASK: Final[dict[str, Any]] = _CANCELED.model_dump(mode="json")

OVERVIEW: Final[dict[str, Any]] = {
    "queue": {"waiting": 3, "active": 2, "retrying": 0, "completed": 1204, "failed": 9},
    "oldest_waiting_seconds": 0.4,
    "ended_last_minute": 310,
    "workers": {"alive": 2, "concurrency": 64},
    "dead_letters": 1,
    "lately": {
        "tasks": 500,
        "failures": {"source_not_found": 7, "source_timeout": 1},
        "stages_ms": {"transform": {"p50": 41.5, "p95": 180.2}},
    },
}

EVENT: Final = {"event": "message", "id": "c2b8e94f", "data": _COMPLETED.model_dump_json()}

_API_KEY: Final = ApiKey(key_id="9c1f0a7be234", tenant="shop", scopes=[Scope.SUBMIT, Scope.READ], created_at=_QUEUED_AT)
API_KEY: Final[dict[str, Any]] = _API_KEY.model_dump(mode="json")
REVOKED_API_KEY: Final[dict[str, Any]] = API_KEY | {"revoked_at": "2026-11-24T05:00:00Z"}
CREATED_API_KEY: Final[dict[str, Any]] = API_KEY | {"text": f"pm_{_API_KEY.key_id}_..."}

ONE_IMAGE: Final[dict[str, Any]] = {
    "image_url": _URL,
    "parameters": {"width": 800, "height": 600, "fit": "cover", "format": "webp"},
}
SEVERAL_VARIANTS: Final[dict[str, Any]] = {
    "image_url": _URL,
    "variants": {"small": {"width": 320}, "large": {"width": 1600, "format": "avif"}},
    "priority": "bulk",
}
SET_WITH_MARKUP: Final[dict[str, Any]] = {
    "image_url": _URL,
    "variants": {
        f"{name}-{width}": {"width": width, "format": name, "without_enlargement": True}
        for name in ("webp", "jpeg")
        for width in (400, 800)
    },
    "markup": True,
}
PRESET: Final[dict[str, Any]] = {"image_url": _URL, "preset": "responsive", "parameters": {"quality": 70}}
PRESETS: Final[dict[str, Any]] = {
    "presets": {"avatar": {"small": {"width": 48, "height": 48}, "large": {"width": 192, "height": 192}}}
}
UPLOAD_TASK: Final[dict[str, Any]] = {"parameters": {"width": 800}}

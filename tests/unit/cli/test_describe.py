"""Tasks in words."""

from datetime import UTC, datetime

from pixelmill.cli.describe import dimensions, failures_of, state_of, task_lines
from pixelmill.domain.errors import SourceNotFound, TooManyPixels
from pixelmill.domain.markup import Markup
from pixelmill.domain.source import ImageFormat, SourceInfo
from pixelmill.domain.task import Stage, Status, Task, Timings
from pixelmill.domain.transformation import OutputFormat
from pixelmill.domain.variant import FailedVariant, Result, Variant

TASK_ID = "5f1c0d9e8b7a6f5e4d3c2b1a09f8e7d6"
NOW = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
VARIANT = Variant(
    url="/images/a/image.webp", format=OutputFormat.WEBP, width=800, height=600, bytes=48211, sha256="0" * 64
)
FAILED = FailedVariant(error=TooManyPixels().as_task_error())
PENDING = Task(
    task_id=TASK_ID,
    status=Status.PENDING,
    stage=Stage.FETCHING,
    source=SourceInfo(image_url="https://a/b.jpg"),
    queued_at=NOW,
)
COMPLETED = PENDING.model_copy(
    update={
        "status": Status.COMPLETED,
        "stage": None,
        "attempts": 2,
        "source": SourceInfo(format=ImageFormat.JPEG, width=4032, height=3024, bytes=2911022),
        "result": Result(variants={"image": VARIANT, "huge": FAILED}),
        "timings_ms": Timings(queued=2.1, fetch=31.0),
        "expires_at": NOW,
    }
)


def test_a_pending_task_is_told_by_its_stage() -> None:
    """It changes, its status does not."""
    assert state_of(PENDING) == "fetching"
    assert state_of(COMPLETED) == "completed"


def test_an_image_is_told_by_size_format_and_weight() -> None:
    """Frames are named only where there are several."""
    assert dimensions(VARIANT) == "800x600 webp, 48,211 bytes"
    assert dimensions(VARIANT.model_copy(update={"frames": 3})) == "800x600 webp, 3 frames, 48,211 bytes"


def test_a_placeholder_is_told() -> None:
    """Whoever asked for it wants to copy it."""
    hinted = VARIANT.model_copy(update={"placeholder": "#c0ffee"})

    assert dimensions(hinted) == "800x600 webp, 48,211 bytes, placeholder #c0ffee"


def test_a_task_is_told_in_full() -> None:
    """Every fact a person may look for, and the address of every image."""
    assert list(task_lines(COMPLETED, "http://localhost:8080/")) == [
        f"task     {TASK_ID}",
        "status   completed, attempt 2",
        "source   upload (4032x3024 jpeg, 2,911,022 bytes)",
        "image    800x600 webp, 48,211 bytes",
        "         http://localhost:8080/images/a/image.webp",
        "huge     failed: The image has too many pixels.",
        "took     queued 2 ms, fetch 31 ms",
        "expires  2026-11-24 04:30:00 UTC",
    ]


def test_the_markup_of_a_preset_is_told() -> None:
    """As text to copy."""
    markup = Markup(srcset={}, picture='<picture>\n  <img src="a">\n</picture>')
    told = list(task_lines(COMPLETED.model_copy(update={"result": Result(variants={}, markup=markup)}), "http://a"))

    assert told[3:6] == ["markup   <picture>", '           <img src="a">', "         </picture>"]


def test_a_failure_is_that_of_a_variant_or_of_the_task() -> None:
    """One variant may fail alone, and is then named; without others there is nothing to tell it from."""
    error = SourceNotFound().as_task_error()
    failed = PENDING.model_copy(update={"status": Status.FAILED, "stage": None, "error": error})

    alone = COMPLETED.model_copy(update={"result": Result(variants={"image": FAILED})})

    assert list(failures_of(failed)) == ["failed: The source does not exist."]
    assert list(failures_of(COMPLETED)) == ["huge failed: The image has too many pixels."]
    assert list(failures_of(alone)) == ["failed: The image has too many pixels."]
    assert list(failures_of(PENDING)) == []
    assert "error    The source does not exist: The source does not exist." in task_lines(failed, "http://a")

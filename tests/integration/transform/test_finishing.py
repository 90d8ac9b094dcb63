"""Many variants at once: several are finished at the same time, and what comes out alike is made once."""

import contextlib
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pyvips

from pixelmill.domain.errors import CorruptImage, TaskError
from pixelmill.domain.transformation import OutputFormat, Transformation
from pixelmill.transform.finish import FINISHING_STEPS
from pixelmill.transform.finishing import Finishing
from pixelmill.transform.geometry import Size
from pixelmill.transform.making import Making, Step, prepare
from pixelmill.transform.order import MadeVariant, ignore
from pixelmill.transform.picture import Picture
from pixelmill.transform.steps.encode import encode as encode_step
from tests.integration.transform.conftest import LIMITS, MakeAll
from tests.support.images import encode, photo, quarters

PHOTO = encode(photo(600, 400), "JPEG", quality=92)
FORMATS = ("avif", "webp", "jpeg", "png", "gif")
WAIT_SECONDS = 10
ENCODE = "pixelmill.transform.steps.squeeze.encode"
FINISH = "pixelmill.transform.finishing.finish"


@pytest.mark.parametrize("encoders", [2, 5])
def test_several_encoders_write_what_one_writes(make_all: MakeAll, encoders: int) -> None:
    """Byte for byte, in every format, whatever is done at the same time."""
    wanted = {
        f"{name}-{width}": {"width": width, "format": name, "blur": 1.0} for name in FORMATS for width in (320, 160, 75)
    }

    alone = sha256s(make_all(PHOTO, "jpeg", wanted).variants)

    assert sha256s(make_all(PHOTO, "jpeg", wanted, encoders=encoders).variants) == alone


@pytest.mark.parametrize("encoders", [1, 3])
def test_variants_that_come_out_alike_share_a_file(make_all: MakeAll, encoders: int) -> None:
    """A small source and three large widths: one picture under three names, named after the first."""
    wanted = {f"w{width}": {"width": width, "without_enlargement": True} for width in (700, 600, 800)}

    made = make_all(PHOTO, "jpeg", wanted | {"coarse": {"width": 600, "quality": 30}}, encoders=encoders).variants

    files = {name: made_variant(end).path.name for name, end in made.items()}
    assert files == {"w700": "w700.jpg", "w600": "w700.jpg", "w800": "w700.jpg", "coarse": "coarse.jpg"}
    assert made["w600"] == made["w700"]


def test_what_alike_variants_meet_they_meet_together(make_all: MakeAll, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both names carry the error."""
    monkeypatch.setattr(ENCODE, lambda *_: broken())

    made = make_all(PHOTO, "jpeg", {"a": {"width": 40}, "b": {"width": 40}, "c": {"width": 20, "format": "png"}})

    assert [code(end) for end in made.variants.values()] == ["transform_crashed"] * 3


@pytest.mark.parametrize("encoders", [1, 3])
@pytest.mark.parametrize("index", range(len(FINISHING_STEPS)), ids=[step.__name__ for step in FINISHING_STEPS])
def test_a_variant_fails_alone_whichever_step_breaks(
    make_all: MakeAll, monkeypatch: pytest.MonkeyPatch, index: int, encoders: int
) -> None:
    """The others of its task are made, those of the same size and format too."""
    steps = list(FINISHING_STEPS)
    steps[index] = partial(breaking_for, "bad", steps[index])
    monkeypatch.setattr("pixelmill.transform.finish.FINISHING_STEPS", tuple(steps))
    wanted = {"before": {"width": 80}, "bad": {"width": 80, "quality": 70}, "after": {"width": 30, "format": "webp"}}

    made = make_all(PHOTO, "jpeg", wanted, encoders=encoders).variants

    assert {name: code(end) for name, end in made.items()} == {"before": "", "bad": "transform_crashed", "after": ""}


@pytest.mark.parametrize("encoders", [1, 3])
@pytest.mark.parametrize("output", FORMATS)
def test_a_variant_fails_alone_whichever_encoder_breaks(
    make_all: MakeAll, monkeypatch: pytest.MonkeyPatch, output: str, encoders: int
) -> None:
    """An encoder that gives up costs the variants of its format only."""

    def encode_badly(picture: Picture, wanted: OutputFormat, transformation: Transformation) -> bytes:
        return broken() if wanted == output else encode_step(picture, wanted, transformation)

    monkeypatch.setattr(ENCODE, encode_badly)

    made = make_all(PHOTO, "jpeg", {name: {"width": 40, "format": name} for name in FORMATS}, encoders=encoders)

    assert {name for name, end in made.variants.items() if code(end)} == {output}


@pytest.mark.parametrize("encoders", [1, 3])
@pytest.mark.parametrize(
    "bad",
    [
        pytest.param({"crop": {"left": 5000, "top": 0, "width": 10, "height": 10}, "width": 10}, id="crop"),
        pytest.param({"height": 8000}, id="plan"),
        pytest.param({"width": 8000, "crop": {"left": 0, "top": 0, "width": 1, "height": 400}}, id="crop and plan"),
    ],
)
def test_a_variant_that_cannot_be_of_this_source_fails_alone(
    make_all: MakeAll, bad: dict[str, Any], encoders: int
) -> None:
    """What the geometry refuses is refused for that variant only."""
    strip = encode(quarters(4000, 400), "PNG")

    made = make_all(strip, "png", {"good": {"width": 40}, "bad": bad, "other": {"width": 30}}, encoders=encoders)

    assert {name: code(end) for name, end in made.variants.items()} == {
        "good": "",
        "bad": "impossible_transformation",
        "other": "",
    }


def test_what_is_wrong_with_the_source_ends_the_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also when it shows in a thread; none of them goes on after the end."""
    failed = threading.Event()

    def finish_badly(_scaled: Picture, making: Making, _scratch_dir: Path) -> TaskError:
        if making.name == "w1":
            failed.set()
            raise CorruptImage
        failed.wait(WAIT_SECONDS)
        return CorruptImage().as_task_error()

    monkeypatch.setattr(FINISH, finish_badly)
    with pytest.raises(CorruptImage):
        ends_of([making(f"w{width}", width=width) for width in range(1, 5)], threads=2, scratch_dir=tmp_path)

    assert not [thread for thread in threading.enumerate() if "ThreadPoolExecutor" in thread.name]


def test_no_more_are_finished_at_once_than_there_are_threads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two at a time, and really two: each waits for another."""
    at_work = AtWork(WAIT_SECONDS)
    monkeypatch.setattr(FINISH, at_work)

    ends = ends_of([making(f"w{width}", width=width) for width in range(1, 9)], threads=2, scratch_dir=tmp_path)

    assert len(ends) == 8
    assert at_work.most == 2


def test_pictures_too_large_to_lie_in_memory_together_take_turns(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Encoders take memory by the pixel: two of 9 megapixels do not run beside each other."""
    at_work = AtWork(0.1)
    monkeypatch.setattr(FINISH, at_work)
    makings = [making(f"h{height}", width=3000, height=height) for height in range(3000, 3005)]

    assert len(ends_of(makings, threads=4, scratch_dir=tmp_path)) == 5
    assert at_work.most == 1


BLACK = Picture((pyvips.Image.black(1, 1, bands=3).copy(interpretation="srgb"),))


class AtWork:
    """Stands in for `finish`: each call waits for a second one beside it, as long as it has patience."""

    def __init__(self, patience_seconds: float) -> None:
        self._meeting = threading.Barrier(2)
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._now = 0
        self.most = 0

    def __call__(self, *_: object) -> TaskError:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        with contextlib.suppress(threading.BrokenBarrierError):
            self._meeting.wait(self._patience_seconds)
        with self._lock:
            self._now -= 1
        return CorruptImage().as_task_error()


def ends_of(makings: list[Making], *, threads: int, scratch_dir: Path) -> dict[str, MadeVariant | TaskError]:
    with Finishing(threads, scratch_dir, ignore) as running:
        for each in makings:
            running.add(BLACK, each)
        return running.ends()


def making(name: str, width: int, height: int = 1) -> Making:
    wanted = Transformation(width=width, height=height)
    return prepare(name, wanted, base=Size(8, 8), output=OutputFormat.PNG, frames=1, limits=LIMITS)


def breaking_for(name: str, step: Step, picture: Picture, making: Making) -> Picture:
    return broken() if making.name == name else step(picture, making)


def broken() -> Any:  # noqa: ANN401 - never returns
    raise pyvips.Error("broken")


def made_variant(end: MadeVariant | TaskError) -> MadeVariant:
    assert isinstance(end, MadeVariant), end
    return end


def sha256s(variants: dict[str, MadeVariant | TaskError]) -> dict[str, str]:
    return {name: made_variant(end).sha256 for name, end in variants.items()}


def code(end: MadeVariant | TaskError) -> str:
    return end.code if isinstance(end, TaskError) else ""

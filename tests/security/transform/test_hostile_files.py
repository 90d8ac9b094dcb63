"""Hostile files of every format, through the real sandbox: each has its end, and bounds on what it may cost."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from pixelmill.domain.errors import PixelmillError, TaskError
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.order import MadeVariant, Order
from pixelmill.transform.sandbox import Sandbox
from tests.support.children import children_of
from tests.support.hostile import CASES
from tests.support.hostile.avif import box
from tests.support.hostile.case import MADE, Case
from tests.support.hostile.disguises import DISGUISES
from tests.support.hostile.jpeg import SMALL
from tests.support.images import encode, opened, photo
from tests.support.wait import wait_until_async

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSALS = {"corrupt_image", "unsupported_format"}
ASKED = Transformation.model_validate({"width": 50, "height": 40, "fit": "fill"})
PEAK_SINCE_NOW = "5"
"""What to write into /proc/PID/clear_refs (proc(5))."""


@dataclass
class End:
    """How an order ended, and what it took."""

    code: str
    content: bytes
    cpu_seconds: float
    grown_bytes: int


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    """One child for all: what one file does to it must not matter to the next."""
    async with Sandbox(TransformSettings(processes=1), tmp_path_factory.mktemp("scratch")) as sandbox:
        yield sandbox


async def ends(sandbox: Sandbox, folder: Path, content: bytes, image_format: ImageFormat) -> End:
    child = await the_child()
    before = child.memory_info().rss, cpu_seconds(child)
    Path(f"/proc/{child.pid}/clear_refs").write_text(PEAK_SINCE_NOW)
    code, made = await code_of(sandbox, folder, content, image_format)
    after = peak_bytes(child), cpu_seconds(child)
    return End(code, made, after[1] - before[1], after[0] - before[0])


async def code_of(sandbox: Sandbox, folder: Path, content: bytes, image_format: ImageFormat) -> tuple[str, bytes]:
    (folder / "source").write_bytes(content)
    (folder / "variants").mkdir(exist_ok=True)
    order = Order(
        source_path=folder / "source", format=image_format, scratch_dir=folder / "variants", variants={"image": ASKED}
    )
    try:
        end = (await sandbox.transform(order)).variants["image"]
    except PixelmillError as error:
        return error.code, b""
    return (end.code, b"") if isinstance(end, TaskError) else (MADE, bytes_of(end))


def bytes_of(variant: MadeVariant) -> bytes:
    return variant.path.read_bytes()


async def the_child() -> psutil.Process:
    """A child that has grown is replaced: wait for the next one."""

    async def is_there() -> bool:
        return len(children_of()) == 1

    await wait_until_async(is_there)
    return children_of()[0]


def cpu_seconds(child: psutil.Process) -> float:
    times = child.cpu_times()
    return times.user + times.system


def peak_bytes(child: psutil.Process) -> int:
    status = Path(f"/proc/{child.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize(
    ("image_format", "case"),
    [(image_format, case) for image_format, cases in CASES.items() for case in cases],
    ids=str,
)
async def test_a_hostile_file_ends_as_it_should(
    sandbox: Sandbox, tmp_path: Path, image_format: ImageFormat, case: Case
) -> None:
    """By its own error, or made; within the time and the memory that it is worth; and the child lives."""
    child = await the_child()

    end = await ends(sandbox, tmp_path, case.make(), image_format)

    assert end.code == case.end
    assert end.cpu_seconds < case.cpu_seconds
    assert end.grown_bytes < case.peak_mebibytes * MEBIBYTE
    assert child.is_running()
    if end.code == MADE:
        assert opened(end.content).size == (50, 40)
        assert not any(word in end.content for word in (b"script", b"<svg", b"lol", b"php", b"root:"))


@pytest.mark.parametrize("disguise", list(DISGUISES))
async def test_what_is_no_image_is_refused_whatever_it_is_said_to_be(
    sandbox: Sandbox, tmp_path: Path, disguise: str
) -> None:
    """No loader but the one that was asked for steps in: none that draws, runs or fetches anything."""
    codes = {said: (await code_of(sandbox, tmp_path, DISGUISES[disguise], said))[0] for said in ImageFormat}

    assert {said: code for said, code in codes.items() if code not in REFUSALS} == {}


@pytest.mark.parametrize("said", list(ImageFormat))
@pytest.mark.parametrize("real", list(ImageFormat))
async def test_an_image_is_decoded_as_what_it_is_said_to_be(
    sandbox: Sandbox, tmp_path: Path, real: ImageFormat, said: ImageFormat
) -> None:
    """And as nothing else."""
    code, _ = await code_of(sandbox, tmp_path, encode(photo(64, 48), real.name), said)

    assert (code == MADE) is (said is real)
    assert code in REFUSALS | {MADE}


WHOLE = {
    "jpeg": encode(photo(64, 48), "JPEG"),
    "progressive jpeg": encode(photo(64, 48), "JPEG", progressive=True),
    "png": encode(photo(64, 48), "PNG"),
    "webp": encode(photo(64, 48), "WEBP"),
    "lossless webp": encode(photo(64, 48), "WEBP", lossless=True),
    "avif": encode(photo(64, 48), "AVIF", speed=10),
    "gif": encode(photo(64, 48), "GIF"),
    "tiff": encode(photo(64, 48), "TIFF"),  # with the directory in front
    "deflated tiff": encode(photo(64, 48), "TIFF", compression="tiff_deflate"),  # with the directory at the end
}


@pytest.mark.parametrize("name", list(WHOLE))
async def test_an_image_is_refused_wherever_it_is_cut_off(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    """At any of fifty points, from the first byte to the last but some."""
    content, image_format = WHOLE[name], ImageFormat(name.rsplit(maxsplit=1)[-1])
    cuts = [len(content) * part // 50 for part in range(50)]
    codes = {cut: (await code_of(sandbox, tmp_path, content[:cut], image_format))[0] for cut in cuts}

    assert {cut: code for cut, code in codes.items() if code not in REFUSALS} == {}
    assert (await code_of(sandbox, tmp_path, content, image_format))[0] == MADE


async def test_what_a_decoder_said_of_one_file_is_not_blamed_on_the_next(sandbox: Sandbox, tmp_path: Path) -> None:
    """Libvips keeps the words of warnings, and errors are told by their words."""
    stray_bytes = SMALL.replace(b"\xff\xdb", b"junk\xff\xdb", 1)
    video = box(b"ftyp", b"avis\0\0\0\0avis") + box(b"moov", bytes(100))
    served_by = await the_child()

    first, _ = await code_of(sandbox, tmp_path, stray_bytes, ImageFormat.JPEG)
    second, _ = await code_of(sandbox, tmp_path, video, ImageFormat.AVIF)

    assert (first, second) == (MADE, "unsupported_format")
    assert served_by.is_running()

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pixelmill.domain.errors import CorruptImage, TaskError
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import KeepMetadata, Placeholder, Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.local import LocalSandbox
from pixelmill.transform.order import MadeVariant, ignore
from tests.support.children import children_of
from tests.support.images import encode, opened, photo, quarters
from tests.support.photographed import photographed

SETTINGS = TransformSettings()


@asynccontextmanager
async def resized(
    source: Path, variants: dict[str, Transformation], image_format: ImageFormat = ImageFormat.JPEG
) -> AsyncIterator[dict[str, MadeVariant | TaskError]]:
    async with (
        LocalSandbox(SETTINGS, images=len(variants)) as sandbox,
        sandbox.resized(source, variants, image_format=image_format, tell=ignore) as ends,
    ):
        yield ends


async def test_a_file_is_resized_without_a_server(tmp_path: Path) -> None:
    """The variants are files, readable as any file of the user's; afterwards nothing is left of them, nor any child."""
    source = tmp_path / "source"
    source.write_bytes(encode(photo(200, 100), "JPEG"))
    wanted = {"small": Transformation(width=50, format="webp"), "large": Transformation(width=100)}

    async with resized(source, wanted) as ends:
        paths = {name: end.path for name, end in ends.items() if isinstance(end, MadeVariant)}
        assert {name: path.name for name, path in paths.items()} == {"small": "small.webp", "large": "large.jpg"}
        assert opened(paths["small"].read_bytes()).size == (50, 25)
        assert paths["small"].stat().st_mode == source.stat().st_mode

    assert not paths["small"].exists()
    assert [path.name for path in tmp_path.iterdir()] == ["source"]
    assert children_of() == []


async def test_many_files_share_the_children(tmp_path: Path) -> None:
    """As many are worked on at once as there are children; none is started anew for a file."""
    async with LocalSandbox(TransformSettings(processes=2), images=6) as sandbox:
        children = children_of()
        assert sandbox.processes == len(children) == 2

        async def width_of_one(number: int) -> int:
            source = tmp_path / f"source-{number}"
            source.write_bytes(encode(photo(200, 100), "JPEG"))
            wanted = {"image": Transformation(width=number)}
            made = sandbox.resized(source, wanted, image_format=ImageFormat.JPEG, tell=ignore)
            async with made as ends:
                end = ends["image"]
                assert isinstance(end, MadeVariant)
                return opened(end.path.read_bytes()).width

        assert await asyncio.gather(*map(width_of_one, range(1, 7))) == [1, 2, 3, 4, 5, 6]
        assert children_of() == children


async def test_all_that_can_be_asked_for_is_made_in_the_sandbox(tmp_path: Path) -> None:
    """What reads XML and what makes placeholders works where nothing can be loaded any more."""
    source = tmp_path / "source"
    source.write_bytes(photographed("JPEG"))
    kinds = [{"placeholder": kind} for kind in Placeholder] + [{"keep_metadata": kept} for kept in KeepMetadata]
    wanted = {
        f"v{index}": Transformation.model_validate({"width": 40, "max_bytes": 20_000} | asked)
        for index, asked in enumerate(kinds)
    }

    async with resized(source, wanted) as ends:
        variants = [end for end in ends.values() if isinstance(end, MadeVariant)]
        assert [bool(variant.placeholder) for variant in variants] == [True] * 3 + [False] * 3
        assert [b"Secret title" in variant.path.read_bytes() for variant in variants] == [False] * 5 + [True]


async def test_a_variant_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    """Beside those that can."""
    source = tmp_path / "source"
    source.write_bytes(encode(quarters(2, 400), "PNG"))
    wanted = {"fine": Transformation(width=1), "impossible": Transformation(width=300)}

    async with resized(source, wanted, ImageFormat.PNG) as ends:
        assert isinstance(ends["fine"], MadeVariant)
        end = ends["impossible"]
        assert isinstance(end, TaskError)
        assert end.code == "impossible_transformation"


async def test_a_damaged_source_leaves_nothing(tmp_path: Path) -> None:
    """No half file, no temporary file."""
    source = tmp_path / "source"
    source.write_bytes(encode(photo(90, 90), "PNG")[:5000])

    with pytest.raises(CorruptImage):
        async with resized(source, {"image": Transformation(width=30)}, ImageFormat.PNG):
            pass

    assert [path.name for path in tmp_path.iterdir()] == ["source"]


async def test_a_missing_source_is_the_callers_affair(tmp_path: Path) -> None:
    """It is reported as what it is."""
    with pytest.raises(FileNotFoundError):
        async with resized(tmp_path / "none", {"image": Transformation(width=3)}):
            pass

"""How pictures look, in a few numbers: a difference hash tells structure, sixteen mean colors tell color.

The hash is N. Krawetz' (2013), both ways. Ten lines of numpy: the kept library of such hashes would bring scipy along.

`python -m tests.support.looks` writes `tests/integration/transform/looks.json` anew, from what the engine makes now.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Self

import numpy as np
from PIL import Image

from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.transform.guard import SourceLimits
from pixelmill.transform.order import MadeVariant, Order
from pixelmill.transform.pipeline import fulfil
from tests.support.images import encode, opened, oriented, photo
from tests.support.profiles import P3

FILE: Final = Path(__file__).parent.parent / "integration" / "transform" / "looks.json"

HASH_SIZE: Final = 16
COLORS_A_SIDE: Final = 4
UNDER: Final = (128, 128, 128, 255)
"""What lies under transparency, so that it shows as well."""


@dataclass(frozen=True)
class Look:
    """How a picture looks.

    Attributes:
        size: Width and height in pixels.
        structure: Whether each of 16 x 16 parts is brighter than its neighbors, right and below: 512 bits.
        colors: Mean colors of 4 x 4 parts, from left to right and top to bottom.
    """

    size: tuple[int, int]
    structure: str
    colors: str

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The look of a file."""
        picture = opened(content).convert("RGBA")
        shown = Image.alpha_composite(Image.new("RGBA", picture.size, UNDER), picture).convert("RGB")
        grays = np.asarray(shown.convert("L").resize((HASH_SIZE + 1, HASH_SIZE + 1), Image.Resampling.LANCZOS))
        brighter = np.stack([grays[:-1, :-1] > grays[:-1, 1:], grays[:-1, :-1] > grays[1:, :-1]])
        colors = shown.resize((COLORS_A_SIDE, COLORS_A_SIDE), Image.Resampling.BOX)
        return cls(picture.size, np.packbits(brighter).tobytes().hex(), colors.tobytes().hex())

    def bits_off(self, other: "Look") -> int:
        """In how many of 512 bits the structure differs."""
        return (int(self.structure, 16) ^ int(other.structure, 16)).bit_count()

    def color_off(self, other: "Look") -> int:
        """The largest difference of a mean color, of 255."""
        own, others = (np.frombuffer(bytes.fromhex(look.colors), np.uint8).astype(int) for look in (self, other))
        return int(np.abs(own - others).max())


def _cut_out() -> bytes:
    """A disk of a photo, with a soft edge."""
    down, across = np.mgrid[-1:1:320j, -1:1:480j]
    alpha = np.clip((1 - np.hypot(down, across)) * 600, 0, 255).astype(np.uint8)
    return encode(np.dstack([photo(480, 320, seed=4), alpha]), "PNG")


SOURCES: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "photo": (lambda: encode(photo(480, 320), "JPEG", quality=92), "jpeg"),
    "turned": (lambda: oriented(photo(480, 320, seed=2), "JPEG", 6), "jpeg"),
    "wide gamut": (lambda: encode(photo(480, 320, seed=3), "JPEG", quality=92, icc_profile=P3.profile), "jpeg"),
    "cut-out": (_cut_out, "png"),
    "gray": (lambda: encode(photo(480, 320, seed=5)[:, :, :1], "PNG"), "png"),
}

TRANSFORMATIONS: Final[dict[str, dict[str, Any]]] = {
    "jpeg": {"width": 240, "format": "jpeg"},
    "webp": {"width": 240, "format": "webp"},
    "avif": {"width": 240, "format": "avif"},
    "png": {"width": 240, "format": "png"},
    "gif": {"width": 160, "format": "gif"},
    "enlarged": {"width": 600, "format": "jpeg"},
    "attention": {"width": 120, "height": 120, "position": "attention", "format": "png"},
    "entropy": {"width": 200, "height": 80, "position": "entropy", "format": "png"},
    "focal point": {"width": 100, "height": 160, "position": {"x": 0.2, "y": 0.9}, "format": "webp"},
    "contain": {"width": 160, "height": 160, "fit": "contain", "background": "steelblue", "format": "webp"},
    "part": {"width": 120, "crop": {"left": 40, "top": 60, "width": 200, "height": 150}, "format": "jpeg"},
    "tilted": {"width": 200, "rotate": 20, "background": "white", "format": "jpeg"},
    "mirrored": {"width": 160, "rotate": 90, "flop": True, "format": "png"},
    "blurred": {"width": 160, "blur": 3, "format": "png"},
    "sharpened": {"width": 160, "sharpen": 1.5, "format": "png"},
    "grayscale": {"width": 160, "grayscale": True, "format": "jpeg"},
}


@cache
def _source(name: str) -> tuple[bytes, ImageFormat]:
    make, image_format = SOURCES[name]
    return make(), ImageFormat(image_format)


def look_of(source: str, transformation: str) -> Look:
    """How a source looks after a transformation."""
    content, image_format = _source(source)
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "source").write_bytes(content)
        order = Order(
            source_path=folder / "source",
            format=image_format,
            scratch_dir=folder,
            variants={"image": Transformation.model_validate(TRANSFORMATIONS[transformation])},
        )
        variant = fulfil(order, SourceLimits(10**6, 10**6, 1)).variants["image"]
        assert isinstance(variant, MadeVariant), variant
        return Look.of(variant.path.read_bytes())


def stored() -> dict[str, Look]:
    """The looks on file, by names of source and transformation."""
    looks: dict[str, dict[str, Any]] = json.loads(FILE.read_text())
    return {name: Look(tuple(look.pop("size")), **look) for name, look in looks.items()}


def names() -> dict[str, tuple[str, str]]:
    """Every source with every transformation, by the name under which its look is stored."""
    return {f"{source}, {wanted}": (source, wanted) for source in SOURCES for wanted in TRANSFORMATIONS}


def main() -> None:
    """Store how everything looks now."""
    lines = [f"{json.dumps(name)}: {json.dumps(asdict(look_of(*case)))}" for name, case in names().items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()

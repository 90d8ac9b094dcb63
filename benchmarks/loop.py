"""A process of a plain loop: `python -m benchmarks.loop LOOP FOLDER` reads an order a line, writes the path of a file.

floor      download the source, `thumbnail_buffer`, write
thumbnail  read the source from its file, `thumbnail_buffer`, write
transform  what a child of Pixelmill's sandbox does with the file
"""

import json
import sys
import uuid
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pyvips

from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.transform.guard import SourceLimits
from pixelmill.transform.order import MadeVariant, Order
from pixelmill.transform.pipeline import fulfil

ANY_HEIGHT: Final = 10_000_000
LIMITS: Final = SourceLimits(max_frame_pixels=64_000_000, max_total_pixels=128_000_000, max_frames=256)

_FORMATS: Final = {
    ".jpg": ImageFormat.JPEG,
    ".png": ImageFormat.PNG,
    ".webp": ImageFormat.WEBP,
    ".avif": ImageFormat.AVIF,
}
_SAVERS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "jpeg": ("jpegsave_buffer", {}),
    "png": ("pngsave_buffer", {"compression": 6, "filter": "sub"}),
    "webp": ("webpsave_buffer", {"effort": 2}),
    "avif": ("heifsave_buffer", {"compression": "av1", "effort": 2}),
}
"""Pixelmill's encoder settings: what differs is how the pixels came about."""

_connections: Final[dict[str, HTTPConnection]] = {}


def main() -> None:
    """Serve orders until standard input ends."""
    pyvips.cache_set_max(0)
    loop, folder = LOOPS[sys.argv[1]], Path(sys.argv[2])
    for line in sys.stdin:
        sys.stdout.write(f"{loop(json.loads(line), folder)}\n")
        sys.stdout.flush()


def _floor(order: dict[str, Any], folder: Path) -> Path:
    return _written(_thumbnail(_download(order["url"]), order), order, folder)


def _by_thumbnail(order: dict[str, Any], folder: Path) -> Path:
    return _written(_thumbnail(Path(order["path"]).read_bytes(), order), order, folder)


def _by_transform(order: dict[str, Any], folder: Path) -> Path:
    path = Path(order["path"])
    wanted = Transformation(width=order["width"], format=order["output"], quality=order["quality"])
    scratch = folder / uuid.uuid4().hex
    scratch.mkdir()
    asked = Order(source_path=path, format=_FORMATS[path.suffix], scratch_dir=scratch, variants={"image": wanted})
    made = fulfil(asked, LIMITS).variants["image"]
    if not isinstance(made, MadeVariant):
        raise TypeError(f"the variant failed: {made}")
    return made.path


LOOPS: Final[dict[str, Callable[[dict[str, Any], Path], Path]]] = {
    "floor": _floor,
    "thumbnail": _by_thumbnail,
    "transform": _by_transform,
}


def _download(url: str) -> bytes:
    parts = urlsplit(url)
    connection = _connections.setdefault(parts.netloc, HTTPConnection(parts.netloc))
    connection.request("GET", parts.path)
    return connection.getresponse().read()


def _thumbnail(content: bytes, order: dict[str, Any]) -> bytes:
    image = pyvips.Image.thumbnail_buffer(content, order["width"], height=ANY_HEIGHT)
    save, options = _SAVERS[order["output"]]
    quality = {"Q": order["quality"]} if order["quality"] else {}
    return bytes(pyvips.Operation.call(save, image, keep="none", **options, **quality))


def _written(content: bytes, order: dict[str, Any], folder: Path) -> Path:
    path = folder / f"{uuid.uuid4().hex}.{order['output']}"
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    main()

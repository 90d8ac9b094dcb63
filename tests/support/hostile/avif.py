"""Hostile AVIFs: boxes in boxes (ISO 14496-12, ISO 23008-12), and a picture that need not be what they say (AV1)."""

import struct
from functools import cache, partial

from tests.support.bombs import announcing
from tests.support.hostile.case import LAUGHS, MADE, Case
from tests.support.images import encode, photo, plain

FILE_TYPE = b"avif\0\0\0\0avifmif1miafMA1B"


def box(kind: bytes, data: bytes, size: int | None = None) -> bytes:
    return struct.pack(">I", 8 + len(data) if size is None else size) + kind + data


def full(kind: bytes, data: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, bytes((version,)) + flags.to_bytes(3) + data)


@cache
def coded(width: int, height: int) -> tuple[bytes, bytes]:
    """A picture as AV1, and the box that says how it is coded."""
    content = encode(plain(width, height, (9, 9, 9)), "AVIF", speed=10, quality=10)
    at = content.index(b"av1C") - 4
    size = int.from_bytes(content[at : at + 4])
    media = content.index(b"mdat")
    return content[media + 4 :], content[at : at + size]


def extents(width: int, height: int) -> bytes:
    return full(b"ispe", struct.pack(">II", width, height))


PIXELS = full(b"pixi", b"\3\x08\x08\x08")


class Container:
    """A file of items, each with its properties."""

    def __init__(self) -> None:
        self.items: list[tuple[bytes, bytes, list[int]]] = []
        self.properties: list[bytes] = []
        self.references: list[bytes] = []

    def add(self, kind: bytes, data: bytes, *properties: bytes) -> int:
        indexes = []
        for each in properties:
            if each not in self.properties:
                self.properties.append(each)
            indexes.append(self.properties.index(each) + 1)
        self.items.append((kind, data, indexes))
        return len(self.items)

    def refer(self, kind: bytes, item: int, *targets: int) -> None:
        self.references.append(box(kind, struct.pack(f">HH{len(targets)}H", item, len(targets), *targets)))

    def content(self, primary: int = 1, behind: bytes = b"") -> bytes:
        file_type = box(b"ftyp", FILE_TYPE)
        start = len(file_type) + len(self._meta(primary, 0)) + 8
        data = b"".join(data for _, data, _ in self.items)
        return file_type + self._meta(primary, start) + box(b"mdat", data) + behind

    def _meta(self, primary: int, start: int) -> bytes:
        locations, entries, associations = b"", b"", b""
        at = start
        for number, (kind, data, indexes) in enumerate(self.items, 1):
            locations += struct.pack(">HHHII", number, 0, 1, at, len(data))
            entries += full(b"infe", struct.pack(">HH", number, 0) + kind + b"\0", 2)
            associations += struct.pack(">HB", number, len(indexes)) + bytes(indexes)
            at += len(data)
        properties = box(b"ipco", b"".join(self.properties))
        properties += full(b"ipma", struct.pack(">I", len(self.items)) + associations)
        references = [full(b"iref", b"".join(self.references))] if self.references else []
        return full(
            b"meta",
            full(b"hdlr", b"\0\0\0\0pict" + bytes(13))
            + full(b"pitm", struct.pack(">H", primary))
            + full(b"iloc", b"\x44\x00" + struct.pack(">H", len(self.items)) + locations)
            + full(b"iinf", struct.pack(">H", len(self.items)) + entries)
            + b"".join(references)
            + box(b"iprp", properties),
        )


def single(said: tuple[int, int], real: tuple[int, int]) -> bytes:
    """One picture, of a size and said to be of another."""
    container = Container()
    data, configuration = coded(*real)
    container.add(b"av01", data, extents(*said), PIXELS, configuration)
    return container.content()


def grid(
    across: int, down: int, said: tuple[int, int], output: tuple[int, int], tile: tuple[int, int] = (64, 64)
) -> bytes:
    """A picture of tiles, which all are the same."""
    container = Container()
    data, configuration = coded(*tile)
    layout = struct.pack(">BBBBII", 0, 1, down - 1, across - 1, *output)
    number = container.add(b"grid", layout, extents(*said), PIXELS)
    part = container.add(b"av01", data, extents(*tile), PIXELS, configuration)
    container.refer(b"dimg", number, *[part] * (across * down))
    return container.content()


def grid_of_itself() -> bytes:
    container = Container()
    number = container.add(b"grid", struct.pack(">BBBBHH", 0, 0, 0, 0, 64, 64), extents(64, 64), PIXELS)
    container.refer(b"dimg", number, number)
    return container.content()


def grids_of_grids(depth: int) -> bytes:
    """Each of 2 x 2 of the next one."""
    container = Container()
    data, configuration = coded(64, 64)
    side = 64 * 2**depth
    for level in range(depth):
        half = side >> level
        container.add(b"grid", struct.pack(">BBBBHH", 0, 0, 1, 1, half, half), extents(half, half), PIXELS)
        container.refer(b"dimg", level + 1, *[level + 2] * 4)
    container.add(b"av01", data, extents(64, 64), PIXELS, configuration)
    return container.content()


def turned(times: int) -> bytes:
    container = Container()
    data, configuration = coded(64, 64)
    container.add(b"av01", data, extents(64, 64), PIXELS, configuration)
    container.properties.append(box(b"irot", b"\1"))
    container.items[0][2].extend([len(container.properties)] * times)
    return container.content()


def cropped(width: int, height: int) -> bytes:
    container = Container()
    data, configuration = coded(64, 64)
    aperture = box(b"clap", struct.pack(">IIIIIIII", width, 1, height, 1, 0, 1, 0, 1))
    container.add(b"av01", data, extents(64, 64), PIXELS, configuration, aperture)
    return container.content()


def items(count: int) -> bytes:
    container = Container()
    data, configuration = coded(64, 64)
    container.add(b"av01", data, extents(64, 64), PIXELS, configuration)
    for _ in range(count):
        container.add(b"mime", b"")
    return container.content()


def with_metadata(kind: bytes, data: bytes) -> bytes:
    container = Container()
    picture, configuration = coded(64, 64)
    container.add(b"av01", picture, extents(64, 64), PIXELS, configuration)
    number = container.add(kind, data)
    container.refer(b"cdsc", number, 1)
    return container.content()


SMALL = encode(photo(64, 48), "AVIF", speed=10)
NESTED = b"x"
for _ in range(2000):
    NESTED = box(b"meta", b"\0\0\0\0" + NESTED)

CASES = [
    Case("a picture as it should be", lambda: single((64, 64), (64, 64)), MADE),
    Case("a grid as it should be", lambda: grid(2, 2, (128, 128), (128, 128)), MADE),
    Case("a header of 900 megapixels", partial(announcing, "avif", 30_000, 30_000), "too_many_pixels"),
    Case("the largest header", partial(announcing, "avif", 2**32 - 1, 2**32 - 1), "corrupt_image"),
    Case("64 megapixels that are not there", lambda: single((8000, 8000), (64, 64)), "corrupt_image"),
    Case("16 megapixels that are said to be a dot", lambda: single((1, 1), (4000, 4000)), "too_many_pixels"),
    Case("80 megapixels that are said to be small", lambda: single((64, 64), (10_000, 8000)), "too_many_pixels"),
    Case("16 megapixels in one color", lambda: single((4000, 4000), (4000, 4000)), MADE, peak_mebibytes=400),
    Case(
        "60 megapixels in one color",
        lambda: single((8000, 7500), (8000, 7500)),
        MADE,
        cpu_seconds=5,
        peak_mebibytes=1200,
    ),
    Case("one line of 8000 pixels", lambda: single((8000, 1), (8000, 1)), MADE),
    Case(
        "a grid of 65025 tiles", lambda: grid(255, 255, (255 * 64, 255 * 64), (255 * 64, 255 * 64)), "too_many_pixels"
    ),
    Case("a grid of 16000 tiles", lambda: grid(125, 125, (8000, 8000), (8000, 8000)), "too_many_pixels"),
    Case(
        "a grid of 65025 tiles that is said to be small",
        lambda: grid(255, 255, (64, 64), (255 * 64, 255 * 64)),
        "too_many_pixels",
    ),
    Case(
        "a grid of one tile for 18 exapixels", lambda: grid(1, 1, (64, 64), (2**32 - 1, 2**32 - 1)), "too_many_pixels"
    ),
    Case("a grid of one tile for 64 megapixels", lambda: grid(1, 1, (8000, 8000), (8000, 8000)), "corrupt_image"),
    Case("a grid of itself", grid_of_itself, "corrupt_image"),
    Case("6 grids of grids", lambda: grids_of_grids(6), "corrupt_image"),
    Case("9 grids of grids", lambda: grids_of_grids(9), "too_many_pixels"),
    Case("100 turns", lambda: turned(100), MADE),
    Case("a crop to nothing", lambda: cropped(0, 0), "corrupt_image"),
    Case("a crop beyond the picture", lambda: cropped(60_000, 60_000), "too_many_pixels"),
    Case("10000 items", lambda: items(10_000), "too_many_pixels"),
    Case("EXIF of 20 megabytes", lambda: with_metadata(b"Exif", b"\0\0\0\0II*\0" + bytes(20_000_000)), MADE),
    Case("a billion laughs in XMP", lambda: with_metadata(b"mime", LAUGHS), MADE),
    Case("boxes 2000 deep", lambda: box(b"ftyp", FILE_TYPE) + NESTED, "too_many_pixels"),
    Case("a box of no size", lambda: box(b"ftyp", FILE_TYPE) + box(b"meta", bytes(100), 0), "corrupt_image"),
    Case(
        "a box of 4 gigabytes", lambda: box(b"ftyp", FILE_TYPE) + box(b"meta", bytes(100), 2**32 - 1), "corrupt_image"
    ),
    Case("250000 empty boxes", lambda: SMALL + box(b"free", b"") * 250_000, MADE, cpu_seconds=15),
    Case("no box but the first", lambda: box(b"ftyp", FILE_TYPE), "corrupt_image"),
    Case("a picture that is nonsense", lambda: SMALL[:-200] + b"nonsense" * 25, "corrupt_image"),
    Case(
        "a video without pictures",
        lambda: box(b"ftyp", b"avis\0\0\0\0avis") + box(b"moov", bytes(100)),
        "unsupported_format",
    ),
]

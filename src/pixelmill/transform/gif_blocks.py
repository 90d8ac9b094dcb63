"""Whether a GIF is all there: libnsgif silently leaves out what is missing (GIF89a specification, sections 15-27)."""

from pathlib import Path
from typing import BinaryIO, Final

from pixelmill.domain.errors import CorruptImage

_HEADER_BYTES: Final = 6
_SCREEN_BYTES: Final = 7
_IMAGE_BYTES: Final = 9
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_HAS_TABLE: Final = 0x80
_TABLE_SIZE: Final = 0x07


def check_gif_is_whole(path: Path) -> None:
    """Walk the blocks of a GIF without decoding them.

    A missing trailer alone is forgiven, as browsers do: every frame before it is whole.

    Raises:
        CorruptImage: The file ends inside a block.
    """
    with path.open("rb") as gif:
        _take(gif, _HEADER_BYTES)
        _skip_table(gif, _take(gif, _SCREEN_BYTES)[4])
        while (kind := gif.read(1)) and kind[0] != _TRAILER:
            _skip_block(gif, kind[0])


def _skip_block(gif: BinaryIO, kind: int) -> None:
    if kind == _EXTENSION:
        _take(gif, 1)
    elif kind == _IMAGE:
        _skip_table(gif, _take(gif, _IMAGE_BYTES)[8])
        _take(gif, 1)
    else:
        return  # padding between blocks, which decoders skip
    while size := _take(gif, 1)[0]:
        _take(gif, size)


def _skip_table(gif: BinaryIO, flags: int) -> None:
    if flags & _HAS_TABLE:
        _take(gif, 3 * 2 ** ((flags & _TABLE_SIZE) + 1))


def _take(gif: BinaryIO, count: int) -> bytes:
    taken = gif.read(count)
    if len(taken) < count:
        raise CorruptImage("The image is damaged: the file ends early.")
    return taken

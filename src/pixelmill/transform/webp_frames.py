"""How many frames a WebP has (RFC 9649, 2.3 to 2.7): libwebp takes the square of their number to open it."""

from pathlib import Path
from typing import Final

from pixelmill.domain.errors import TooManyPixels
from pixelmill.domain.limits import MAX_FRAMES_ASKED

_FILE_HEADER_BYTES: Final = 12
_CHUNK_HEADER_BYTES: Final = 8
_FRAME: Final = b"ANMF"


def check_frames(path: Path) -> None:
    """Count the frames of a WebP without opening it.

    Raises:
        TooManyPixels: There are more than a request can name.
    """
    frames = 0
    with path.open("rb") as webp:
        webp.seek(_FILE_HEADER_BYTES)
        while len(header := webp.read(_CHUNK_HEADER_BYTES)) == _CHUNK_HEADER_BYTES:
            frames += header.startswith(_FRAME)
            if frames > MAX_FRAMES_ASKED:
                raise TooManyPixels(f"The animation has more than {MAX_FRAMES_ASKED:,} frames.")
            size = int.from_bytes(header[4:], "little")
            webp.seek(size + size % 2, 1)

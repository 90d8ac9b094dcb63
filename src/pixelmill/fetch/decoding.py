"""What a body is, once its content coding is undone: in pieces of bounded size, however far it unpacks.

Codings are never asked for: images do not get smaller by them. Some origins use them all the same.
"""

import zlib
from collections.abc import Iterator
from typing import Final

from pixelmill.domain.errors import SourceRefused, SourceUnreachable
from pixelmill.domain.limits import MEBIBYTE

PIECE_BYTES: Final = MEBIBYTE
_GZIP: Final = 16 + zlib.MAX_WBITS
_ZLIB: Final = zlib.MAX_WBITS
_WINDOWS: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}


class Decoding:
    """Undoes one content coding.

    Args:
        coding: The header `Content-Encoding`.

    Raises:
        SourceRefused: It names a coding, or several, that are not undone here.
    """

    def __init__(self, coding: str) -> None:
        name = coding.strip().lower()
        if name not in {"", "identity", *_WINDOWS}:
            raise SourceRefused("The origin compresses the source, although it was asked not to.")
        self._unpacking = zlib.decompressobj(_WINDOWS[name]) if name in _WINDOWS else None

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        """The next bytes of the content, in pieces of at most `PIECE_BYTES` where they were packed.

        Raises:
            SourceUnreachable: They are not what the coding says.
        """
        if self._unpacking is None:
            yield chunk
            return
        packed = chunk
        while packed:
            try:
                piece = self._unpacking.decompress(packed, PIECE_BYTES)
            except zlib.error as error:
                raise SourceUnreachable("The origin sent the source compressed, and damaged.") from error
            if piece:
                yield piece
            if self._unpacking.unused_data:
                raise SourceUnreachable("The origin sent more than the compressed source.")
            packed = self._unpacking.unconsumed_tail

    def finish(self) -> None:
        """Say that all has come.

        Raises:
            SourceUnreachable: It has not.
        """
        if self._unpacking is not None and not self._unpacking.eof:
            raise SourceUnreachable("The connection to the origin broke off before the source was complete.")

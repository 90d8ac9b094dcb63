"""What libvips says went wrong, in the words of the catalogue."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pyvips

from pixelmill.domain.errors import (
    CorruptImage,
    PixelmillError,
    TooManyPixels,
    TransformCrashed,
    UnsupportedFormat,
)

_TOO_LARGE: Final = TooManyPixels("The image is larger than its decoder accepts.")
_TOO_HUNGRY: Final = TransformCrashed("The image needs more memory than a transform may use.")
_DAMAGED: Final = CorruptImage("The image is damaged: it ends early or contradicts itself.")
_UNSUPPORTED: Final = UnsupportedFormat("The image uses a feature of its format that is not supported.")

# libvips and its codecs have no error codes, only words. The first match decides; anything else is a damaged file.
_MEANINGS: Final[tuple[tuple[str, PixelmillError], ...]] = (
    ("security limit", _TOO_LARGE),
    ("exceeds user limit", _TOO_LARGE),
    ("out of memory reading of", _DAMAGED),  # libtiff, of a tag that says it has billions of values
    ("invalid image size", _DAMAGED),  # libheif, of a picture without width or height
    ("out of memory", _TOO_HUNGRY),
    ("memory allocation", _TOO_HUNGRY),
    # libjpeg calls so what no standard has, too: it has met garbage where a segment or a number should be. It warns
    # of corrupt data before it gives up over something else.
    ("corrupt jpeg data", _DAMAGED),
    ("unsupported marker type", _DAMAGED),
    ("dnl not supported", _DAMAGED),
    ("unsupported jpeg data precision 12", _UNSUPPORTED),
    ("unsupported jpeg data precision", _DAMAGED),
    ("unsupported", _UNSUPPORTED),
    ("not supported", _UNSUPPORTED),
    ("not been built in", _UNSUPPORTED),
    ("not implemented", _UNSUPPORTED),
)


@contextmanager
def source_errors() -> Iterator[None]:
    """Translate what libvips raises while it opens or decodes a source.

    Raises:
        CorruptImage, UnsupportedFormat, TooManyPixels, TransformCrashed: Instead of `pyvips.Error`.
    """
    try:
        yield
    except pyvips.Error as error:
        raise _meaning(str(error)) from error


def log_exception() -> None:
    """Write the exception being handled to standard error, at once, so that it stays one event of the worker's log."""
    sys.stderr.write(traceback.format_exc())


def _meaning(words: str) -> PixelmillError:
    lowered = words.lower()
    for mark, meaning in _MEANINGS:
        if mark in lowered:
            return type(meaning)(meaning.detail)
    return CorruptImage(_DAMAGED.detail)

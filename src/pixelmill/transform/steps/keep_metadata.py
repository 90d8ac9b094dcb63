"""Keep metadata: what of the source's EXIF, XMP and IPTC goes into the file of a variant."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import pyvips

from pixelmill.domain.transformation import KeepMetadata, OutputFormat
from pixelmill.transform.iptc import BY_LINE, COPYRIGHT_NOTICE, RIGHTS, Dataset, read_iptc, text_of, write_iptc
from pixelmill.transform.making import Making
from pixelmill.transform.picture import Picture
from pixelmill.transform.xmp import Rights, is_right, is_true_still, kept_xmp

EXIF: Final = "exif-data"
EXIF_TAG: Final = "exif-ifd"
XMP: Final = "xmp-data"
IPTC: Final = "iptc-data"

_BLOCKS: Final = frozenset({EXIF, XMP, IPTC, "orientation", "jpeg-thumbnail-data"})

MAX_BLOCK_BYTES: Final = 65_000
"""The longest block that is kept: one segment of a JPEG has room for little more."""

_COLOR_SPACE: Final = "exif-ifd2-ColorSpace"
_SRGB: Final = "1"
_STALE_DIRECTORIES: Final = ("exif-ifd1-", "exif-ifd4-")  # the thumbnail's, and that of interoperability
_STALE: Final = frozenset({"exif-ifd0-Orientation", "exif-ifd0-ImageWidth", "exif-ifd0-ImageLength"})
_RIGHTS: Final = frozenset({"exif-ifd0-Artist", "exif-ifd0-Copyright"})


@dataclass(frozen=True, slots=True)
class _Choice:
    """What is kept, told by tags of EXIF, properties of XMP and datasets of IPTC."""

    keeps_tag: Callable[[str], bool]
    keeps_property: Callable[[str, str], bool]
    keeps_dataset: Callable[[Dataset], bool]


_CHOICES: Final = {
    KeepMetadata.COPYRIGHT: _Choice(_RIGHTS.__contains__, is_right, lambda dataset: dataset.key in RIGHTS),
    KeepMetadata.ALL: _Choice(
        lambda tag: not tag.startswith(_STALE_DIRECTORIES) and tag not in _STALE, is_true_still, lambda _dataset: True
    ),
}


def keep_metadata(picture: Picture, making: Making) -> Picture:
    """Leave in the picture what is kept, and nothing else of its kind.

    What is true no longer goes: orientation, thumbnails, color space, where a gain map was. libvips writes sizes anew.
    """
    choice = _CHOICES.get(making.transformation.keep_metadata)
    if choice is None:
        return picture
    first, *others = picture.frames
    return replace(picture, frames=(_with_kept(first, choice, making.format), *map(_without_any, others)))


def _with_kept(frame: pyvips.Image, choice: _Choice, output: OutputFormat) -> pyvips.Image:
    frame = frame.copy()
    _keep_exif(frame, choice)
    _keep_xmp_and_iptc(frame, choice, output)
    return frame


def _without_any(frame: pyvips.Image) -> pyvips.Image:
    """A later frame of an animation: joined to the first one, it would bring back what that has not kept."""
    frame = frame.copy()
    for name in frame.get_fields():
        if name in _BLOCKS or name.startswith(EXIF_TAG):
            frame.remove(name)
    return frame


def _keep_exif(frame: pyvips.Image, choice: _Choice) -> None:
    # What libvips tells of EXIF in words is lossy. It changes the block itself, byte by byte, when it writes: it takes
    # out the tags whose words were removed here, and leaves alone those whose words were not touched.
    is_too_long = len(_block(frame, EXIF)) > MAX_BLOCK_BYTES
    for name in frame.get_fields():
        is_tag = name.startswith(EXIF_TAG)
        if name in {"orientation", "jpeg-thumbnail-data"} or (is_tag and (is_too_long or not choice.keeps_tag(name))):
            frame.remove(name)
    if frame.get_typeof(_COLOR_SPACE):
        frame.set_type(pyvips.GValue.gstr_type, _COLOR_SPACE, _SRGB)


def _keep_xmp_and_iptc(frame: pyvips.Image, choice: _Choice, output: OutputFormat) -> None:
    datasets = list(filter(choice.keeps_dataset, read_iptc(_block(frame, IPTC))))
    if output is OutputFormat.JPEG:
        xmp = kept_xmp(_block(frame, XMP), choice.keeps_property)
    else:  # which has no room for IPTC
        rights = Rights(author=text_of(datasets, BY_LINE), notice=text_of(datasets, COPYRIGHT_NOTICE))
        xmp = kept_xmp(_block(frame, XMP), choice.keeps_property, rights)
    _set_block(frame, XMP, xmp)
    _set_block(frame, IPTC, write_iptc(datasets) if datasets and output is OutputFormat.JPEG else None)


def _block(frame: pyvips.Image, name: str) -> bytes:
    return bytes(frame.get(name)) if frame.get_typeof(name) else b""


def _set_block(frame: pyvips.Image, name: str, block: bytes | None) -> None:
    if block and len(block) <= MAX_BLOCK_BYTES:
        frame.set_type(pyvips.GValue.blob_type, name, block)
    elif frame.get_typeof(name):
        frame.remove(name)

"""Orientation: how a stored picture has to be turned to stand upright (EXIF 2.32, tag 0x0112). Pure arithmetic."""

from dataclasses import dataclass, replace
from typing import Final, Self

from pixelmill.transform.geometry import Box, Size


@dataclass(frozen=True, slots=True)
class Orientation:
    """The turn from stored to upright: first rows and columns change over, then the picture is mirrored."""

    transposes: bool = False
    mirrors_across: bool = False
    mirrors_down: bool = False

    def turned(self, size: Size) -> Size:
        """A size after the turn, or, since it is the same, before it."""
        return size.transposed() if self.transposes else size

    def mirrored(self, *, across: bool, down: bool) -> Self:
        """This turn with the picture mirrored once more at its end."""
        return replace(self, mirrors_across=self.mirrors_across != across, mirrors_down=self.mirrors_down != down)

    def quarter_turned(self) -> Self:
        """This turn, and then a quarter turn clockwise."""
        # That is rows and columns changed over, then mirrored across. Whatever was mirrored down before is then
        # mirrored across, and the other way round.
        return replace(
            self,
            transposes=not self.transposes,
            mirrors_across=not self.mirrors_down,
            mirrors_down=self.mirrors_across,
        )

    def stored(self, box: Box, upright: Size) -> Box:
        """Where a box of the upright picture lies in the stored one.

        Args:
            box: The box, wholly inside the picture.
            upright: Size of the upright picture.
        """
        left = upright.width - box.left - box.width if self.mirrors_across else box.left
        top = upright.height - box.top - box.height if self.mirrors_down else box.top
        if self.transposes:
            return Box(left=top, top=left, width=box.height, height=box.width)
        return Box(left, top, box.width, box.height)


UPRIGHT: Final = Orientation()

_BY_TAG: Final = {
    1: UPRIGHT,
    2: Orientation(mirrors_across=True),
    3: Orientation(mirrors_across=True, mirrors_down=True),
    4: Orientation(mirrors_down=True),
    5: Orientation(transposes=True),
    6: Orientation(transposes=True, mirrors_across=True),
    7: Orientation(transposes=True, mirrors_across=True, mirrors_down=True),
    8: Orientation(transposes=True, mirrors_down=True),
}


def orientation_of(tag: int) -> Orientation:
    """The orientation an EXIF tag means; values outside the standard mean upright, as in browsers."""
    return _BY_TAG.get(tag, UPRIGHT)

"""A picture: the frames of a still or animated image, on their way from source to variant."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import pyvips

from pixelmill.transform.geometry import Size
from pixelmill.transform.orientation import UPRIGHT, Orientation


@dataclass(frozen=True, slots=True)
class Picture:
    """Frames of one size; libvips computes their pixels only when they are asked for.

    Args:
        frames: At least one; one is a still image.
        orientation: How the frames have to be turned to stand upright.
        delays_ms: How long each frame of an animation is shown.
        loop: How often an animation plays; 0 is for ever.
        premultiplied: Whether color has been multiplied by alpha.
    """

    frames: tuple[pyvips.Image, ...]
    orientation: Orientation = UPRIGHT
    delays_ms: tuple[int, ...] = ()
    loop: int = 0
    premultiplied: bool = False

    @property
    def size(self) -> Size:
        """Size of one frame, upright."""
        return self.orientation.turned(Size(self.frames[0].width, self.frames[0].height))

    @property
    def is_animated(self) -> bool:
        """Whether there is more than one frame."""
        return len(self.frames) > 1

    def map(self, change: Callable[[pyvips.Image], pyvips.Image]) -> Self:
        """The same change made to every frame."""
        return replace(self, frames=tuple(change(frame) for frame in self.frames))

    def first(self, count: int) -> Self:
        """The first frames alone."""
        return replace(self, frames=self.frames[:count], delays_ms=self.delays_ms[:count])

    def split(self, height: int) -> Self:
        """The frames of this strip of frames, each `height` pixels high as it is stored."""
        [strip] = self.frames
        tops = range(0, strip.height, height)
        return replace(self, frames=tuple(strip.crop(0, top, strip.width, height) for top in tops))

    def in_memory(self) -> Self:
        """Computed now, once, for any number of readers.

        Raises:
            pyvips.Error: A frame cannot be computed: what is wrong with the source shows here.
        """
        return self.map(lambda frame: frame.copy_memory())

    def joined(self) -> pyvips.Image:
        """One image as libvips' savers expect it: the frames below each other, with their timing."""
        if not self.is_animated:
            return self.frames[0]
        strip = pyvips.Image.arrayjoin(list(self.frames), across=1).copy()
        strip.set_type(pyvips.GValue.gint_type, "page-height", self.size.height)
        strip.set_type(pyvips.GValue.array_int_type, "delay", list(self.delays_ms))
        strip.set_type(pyvips.GValue.gint_type, "loop", self.loop)
        return strip

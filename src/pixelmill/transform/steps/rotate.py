"""Rotate: turn the picture clockwise, as sharp's `rotate` before a resize."""

from dataclasses import replace

from pixelmill.transform.base import Base, Tilt
from pixelmill.transform.picture import Picture
from pixelmill.transform.steps.background import OPAQUE, able_to_show, channels, in_bands_of
from pixelmill.transform.steps.color import in_srgb
from pixelmill.transform.steps.orient import turned_upright


def rotate(picture: Picture, base: Base) -> Picture:
    """Note quarter turns, which `orient` makes; turn by any other angle now, on a canvas that holds all of it."""
    for _ in range(base.quarter_turns % 4):
        picture = replace(picture, orientation=picture.orientation.quarter_turned())
    return picture if base.tilt is None else _tilted(picture, base.tilt)


def _tilted(picture: Picture, tilt: Tilt) -> Picture:
    mirrored = replace(picture, orientation=picture.orientation.mirrored(across=tilt.flop, down=tilt.flip))
    # The background is sRGB: so must be what it fills the corners of.
    picture = able_to_show(in_srgb(turned_upright(mirrored)), tilt.background)
    alpha = channels(tilt.background)[3]
    if alpha < OPAQUE:
        picture = picture.map(lambda frame: frame if frame.hasalpha() else frame.addalpha())
    color = in_bands_of(picture, tilt.background)
    if picture.frames[0].hasalpha():
        # libvips premultiplies the picture for this, and expects the color to be so.
        color = [*(value * alpha / OPAQUE for value in color[:-1]), alpha]
    return picture.map(lambda frame: frame.rotate(tilt.degrees, background=color))

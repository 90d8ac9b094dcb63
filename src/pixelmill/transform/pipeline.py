"""The pipeline: from an order to its variants.

Decode once, shrunk on load as far as every variant allows; take the base each variant is made from; scale down the
pyramid, each size from the smallest one that will do; then finish each variant by its steps.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pixelmill.domain.errors import PixelmillError, TaskError
from pixelmill.domain.transformation import OutputFormat, Transformation
from pixelmill.transform.base import Base, by_base
from pixelmill.transform.decode import Header, open_still, open_strip, read_header
from pixelmill.transform.failures import source_errors
from pixelmill.transform.finish import finish
from pixelmill.transform.formats import ANIMATED_OUTPUTS, output_format
from pixelmill.transform.geometry import Size
from pixelmill.transform.guard import SourceLimits, check_animation, check_base, check_frame
from pixelmill.transform.making import Making, prepare
from pixelmill.transform.order import Made, MadeVariant, Order
from pixelmill.transform.picture import Picture
from pixelmill.transform.pyramid import Level, pyramid, spare_factor
from pixelmill.transform.steps.color import to_working_space
from pixelmill.transform.steps.extract import extract
from pixelmill.transform.steps.premultiply import premultiply
from pixelmill.transform.steps.resize import resize
from pixelmill.transform.steps.rotate import rotate
from pixelmill.transform.steps.trim import trim

Wanted = Mapping[str, Transformation]
"""Variants that are asked for, by name."""

Ends = dict[str, MadeVariant | TaskError]
"""How each variant ended, by name."""


def fulfil(order: Order, limits: SourceLimits) -> Made:
    """Make every variant of an order.

    Raises:
        PixelmillError: What is wrong with the source, and so with every variant.
    """
    header = read_header(order.source_path, order.format)
    check_frame(header.stored, limits)
    ends = _Fulfilment(order, header, limits).ends()
    in_order = {name: ends[name] for name in order.variants}
    return Made(width=header.upright.width, height=header.upright.height, frames=header.frames, variants=in_order)


@dataclass(frozen=True, slots=True)
class _Fulfilment:
    """The work on one order."""

    order: Order
    header: Header
    limits: SourceLimits

    def ends(self) -> Ends:
        wanted = self.order.variants
        animated = {name: each for name, each in wanted.items() if self._frames(each) > 1}
        stills = {name: each for name, each in wanted.items() if name not in animated}
        ends: Ends = {}
        if animated:
            frames = max(map(self._frames, animated.values()))
            check_animation(self.header.stored, frames, self.limits)
            ends |= self._from_bases(self._animation(frames), animated)
        bases = by_base(stills.items())
        if len(bases) == 1 and (base := next(iter(bases))).is_shrinkable:
            ends |= self._from_shrunk_source(stills, base)
        elif stills:
            with source_errors():
                whole = self._still(spare_factor=1.0).in_memory()
            ends |= self._from_bases(whole, stills)
        return ends

    def _format(self, wanted: Transformation) -> OutputFormat:
        return output_format(wanted.format, self.order.format)

    def _frames(self, wanted: Transformation) -> int:
        if self._format(wanted) not in ANIMATED_OUTPUTS:
            return 1
        return self.header.frames if wanted.frames == "all" else min(wanted.frames, self.header.frames)

    def _still(self, spare_factor: float) -> Picture:
        picture = open_still(self.order.source_path, self.order.format, self.header, spare_factor)
        with source_errors():
            return to_working_space(picture)

    def _animation(self, frames: int) -> Picture:
        strip = open_strip(self.order.source_path, self.order.format, self.header, frames)
        with source_errors():
            return to_working_space(strip).in_memory().split(self.header.stored.height)

    def _from_shrunk_source(self, wanted: Wanted, base: Base) -> Ends:
        size = self.header.upright.transposed() if base.quarter_turns % 2 else self.header.upright
        makings, ends = self._prepared(wanted, size)
        if makings:
            factor = spare_factor(size, {making.plan.scaled for making in makings})
            ends |= self._made(makings, _taken(self._still(factor), base, self.limits), size)
        return ends

    def _from_bases(self, whole: Picture, wanted: Wanted) -> Ends:
        ends: Ends = {}
        for base, members in by_base(wanted.items()).items():
            try:
                picture = _taken(whole, base, self.limits)
            except PixelmillError as error:
                ends |= dict.fromkeys(members, error.as_task_error())
                continue
            makings, failed = self._prepared(members, picture.size)
            ends |= failed | self._made(makings, picture, picture.size)
        return ends

    def _prepared(self, wanted: Wanted, base: Size) -> tuple[list[Making], Ends]:
        makings: list[Making] = []
        ends: Ends = {}
        for name, each in wanted.items():
            output, frames = self._format(each), self._frames(each)
            try:
                makings.append(prepare(name, each, base=base, output=output, frames=frames, limits=self.limits))
            except PixelmillError as error:
                ends[name] = error.as_task_error()
        return makings, ends

    def _made(self, makings: list[Making], picture: Picture, base: Size) -> Ends:
        by_size: dict[Size, list[Making]] = {}
        for making in makings:
            by_size.setdefault(making.plan.scaled, []).append(making)
        levels = pyramid(by_size)
        with source_errors():
            picture = picture if by_size.keys() == {base} else premultiply(picture)
            # A source is read from top to bottom, and only once; the frames of an animation lie in memory already.
            picture = picture if len(levels) == 1 or picture.is_animated else picture.in_memory()
        return {
            making.name: finish(scaled, making, self.order.scratch_dir)
            for level in levels
            for making, scaled in _scale(picture, level, by_size)
        }


def _taken(whole: Picture, base: Base, limits: SourceLimits) -> Picture:
    with source_errors():
        picture = rotate(trim(extract(whole, base), base), base)
    check_base(picture.size, len(picture.frames), limits)
    return picture


def _scale(picture: Picture, level: Level, by_size: dict[Size, list[Making]]) -> Iterator[tuple[Making, Picture]]:
    makings = by_size[level.size]
    with source_errors():
        scaled = resize(picture, level.size)
        if level.smaller or len(makings) > 1:
            scaled = scaled.in_memory()
    for making in makings:
        yield making, scaled
    for smaller in level.smaller:
        yield from _scale(scaled, smaller, by_size)

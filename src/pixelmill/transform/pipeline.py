"""The pipeline: from an order to its variants.

Decode once, shrunk on load as far as every variant allows; take the base each variant is made from; scale down the
pyramid, each size from the smallest one that will do; finish each variant by its steps as soon as it is scaled.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pixelmill.domain.errors import PixelmillError, TaskError
from pixelmill.domain.transformation import OutputFormat, Transformation
from pixelmill.transform.base import Base, by_base
from pixelmill.transform.decode import Header, SourceFile, open_still, open_strip, read_header
from pixelmill.transform.failures import source_errors
from pixelmill.transform.finishing import Finishing
from pixelmill.transform.formats import ANIMATED_OUTPUTS, output_format
from pixelmill.transform.geometry import Size
from pixelmill.transform.guard import SourceLimits, check_animation, check_base, check_frame
from pixelmill.transform.making import Making, prepare
from pixelmill.transform.order import Made, Order, Tell, ignore
from pixelmill.transform.picture import Picture
from pixelmill.transform.pyramid import Level, pyramid, reduction
from pixelmill.transform.steps.color import to_working_space
from pixelmill.transform.steps.extract import extract
from pixelmill.transform.steps.premultiply import premultiply
from pixelmill.transform.steps.resize import resize
from pixelmill.transform.steps.rotate import rotate
from pixelmill.transform.steps.trim import trim

Wanted = Mapping[str, Transformation]
"""Variants that are asked for, by name."""

Failures = dict[str, TaskError]
"""Variants that cannot be made, by name, each with what keeps it from being made."""


def fulfil(order: Order, limits: SourceLimits, tell: Tell = ignore) -> Made:
    """Make every variant of an order; `tell` is told how many are done whenever another one is.

    Raises:
        PixelmillError: What is wrong with the source, and so with every variant.
    """
    source = SourceFile(order.source_path, order.format, limits.allow_truncated)
    header = read_header(source)
    check_frame(header.stored, limits)
    with Finishing(min(order.encoders, len(order.variants)), order.scratch_dir, tell) as finishing:
        failures = _Fulfilment(order, source, header, limits, finishing).scale()
        ends = failures | finishing.ends()
    in_order = {name: ends[name] for name in order.variants}
    return Made(width=header.upright.width, height=header.upright.height, frames=header.frames, variants=in_order)


@dataclass(frozen=True, slots=True)
class _Fulfilment:
    """The work on one order, up to the scaled pictures, which are handed to `finishing`."""

    order: Order
    source: SourceFile
    header: Header
    limits: SourceLimits
    finishing: Finishing

    def scale(self) -> Failures:
        wanted = self.order.variants
        animated = {name: each for name, each in wanted.items() if self._frames(each) > 1}
        stills = {name: each for name, each in wanted.items() if name not in animated}
        failures: Failures = {}
        if animated:
            frames = max(map(self._frames, animated.values()))
            check_animation(self.header.stored, frames, self.limits)
            failures |= self._from_bases(self._animation(frames), animated)
        bases = by_base(stills.items())
        if len(bases) == 1 and (base := next(iter(bases))).is_shrinkable:
            failures |= self._from_shrunk_source(stills, base)
        elif stills:
            with source_errors():
                whole = self._still(1.0).in_memory()
            failures |= self._from_bases(whole, stills)
        return failures

    def _format(self, wanted: Transformation) -> OutputFormat:
        return output_format(wanted.format, self.order.format)

    def _frames(self, wanted: Transformation) -> int:
        if self._format(wanted) not in ANIMATED_OUTPUTS:
            return 1
        return self.header.frames if wanted.frames == "all" else min(wanted.frames, self.header.frames)

    def _still(self, reduced_by: float) -> Picture:
        picture = open_still(self.source, self.header, reduced_by)
        with source_errors():
            return to_working_space(picture)

    def _animation(self, frames: int) -> Picture:
        strip = open_strip(self.source, self.header, frames)
        with source_errors():
            return to_working_space(strip).in_memory().split(self.header.stored.height)

    def _from_shrunk_source(self, wanted: Wanted, base: Base) -> Failures:
        size = self.header.upright.transposed() if base.quarter_turns % 2 else self.header.upright
        makings, failures = self._prepared(wanted, size)
        if makings:
            reduced_by = reduction(size, {making.plan.scaled for making in makings})
            self._make(makings, _taken(self._still(reduced_by), base, self.limits), size)
        return failures

    def _from_bases(self, whole: Picture, wanted: Wanted) -> Failures:
        failures: Failures = {}
        for base, members in by_base(wanted.items()).items():
            try:
                picture = _taken(whole, base, self.limits)
            except PixelmillError as error:
                failures |= dict.fromkeys(members, error.as_task_error())
                continue
            makings, failed = self._prepared(members, picture.size)
            failures |= failed
            self._make(makings, picture, picture.size)
        return failures

    def _prepared(self, wanted: Wanted, base: Size) -> tuple[list[Making], Failures]:
        makings: list[Making] = []
        failures: Failures = {}
        for name, each in wanted.items():
            output, frames = self._format(each), self._frames(each)
            try:
                makings.append(prepare(name, each, base=base, output=output, frames=frames, limits=self.limits))
            except PixelmillError as error:
                failures[name] = error.as_task_error()
        return makings, failures

    def _make(self, makings: list[Making], picture: Picture, base: Size) -> None:
        by_size: dict[Size, list[Making]] = {}
        for making in makings:
            by_size.setdefault(making.plan.scaled, []).append(making)
        levels = pyramid(by_size)
        with source_errors():
            picture = picture if by_size.keys() == {base} else premultiply(picture)
            # A source is read from top to bottom, and only once; the frames of an animation lie in memory already.
            picture = picture if len(levels) == 1 or picture.is_animated else picture.in_memory()
        for level in levels:
            for making, scaled in _scale(picture, level, by_size):
                self.finishing.add(scaled, making)


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

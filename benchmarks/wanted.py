"""One image that is asked for, in terms every contender understands."""

from dataclasses import dataclass
from typing import Final, Literal

from benchmarks.sources import Source

Output = Literal["jpeg", "png", "webp", "avif"]

QUALITY: Final = {"jpeg": 80, "webp": 80, "avif": 50}
"""sharp's defaults, asked of all. PNG has none."""


@dataclass(frozen=True)
class Wanted:
    """A source at another width, the height following.

    Attributes:
        source: The source.
        url: Where the origin has it.
        width: In pixels.
        output: Format of the result.
    """

    source: Source
    url: str
    width: int
    output: Output

    @property
    def quality(self) -> int | None:
        """Quality of the result; None where the format has none."""
        return QUALITY.get(self.output)

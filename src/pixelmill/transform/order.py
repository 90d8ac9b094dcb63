"""What the worker and the child that decodes say to each other: one JSON line each way, and how far it is between."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from pixelmill.domain.errors import TaskError
from pixelmill.domain.source import ImageFormat, Sha256
from pixelmill.domain.transformation import OutputFormat, Transformation
from pixelmill.transform.guard import SourceLimits
from pixelmill.transform.layers.layer import Layer

MAX_PLACEHOLDER_CHARACTERS: Final = 64
"""More than any placeholder has: a child that was taken over has no more to say to callers."""


Tell = Callable[[int], None]
"""Told how many variants of an order are done."""


def ignore(_done: int) -> None:
    """Nobody wants to know."""


class ChildConfiguration(BaseModel):
    """What a child is told when it starts: whose it is, and what it must keep to."""

    model_config = ConfigDict(frozen=True)

    parent_pid: int
    memory_bytes: int
    inbox: Path
    outbox: Path
    limits: SourceLimits


class Ready(BaseModel):
    """What a child writes first, once it can take an order: what it is confined by."""

    model_config = ConfigDict(frozen=True)

    layers: tuple[Layer, ...]


class Order(BaseModel):
    """One source and every variant to make of it.

    Paths are absolute. `format` is what the first bytes said: only that format's loader is tried. The variants are
    new files in `scratch_dir`, a folder on the sandbox's file system which the caller makes and removes. A child is
    handed the same order with paths on its own desk.
    `encoders` is how many variants may be finished at the same time: the sandbox knows how many cores have time.
    """

    model_config = ConfigDict(frozen=True)

    source_path: Path
    format: ImageFormat
    scratch_dir: Path
    variants: dict[str, Transformation] = Field(min_length=1)
    encoders: int = Field(default=1, ge=1)


class MadeVariant(BaseModel):
    """A variant that lies complete in the scratch folder. Width and height are pixels of one frame.

    Variants that came out alike share a path.
    """

    model_config = ConfigDict(frozen=True)

    path: Path
    format: OutputFormat
    width: int
    height: int
    frames: int
    bytes: int
    sha256: Sha256
    placeholder: str | None = Field(default=None, max_length=MAX_PLACEHOLDER_CHARACTERS)


class Made(BaseModel):
    """What became of an order.

    Width and height are those of one frame of the source, upright, in pixels; `frames` is how many the source has
    (1 for a still image). Each variant was made, or carries the error that it alone met.
    """

    model_config = ConfigDict(frozen=True)

    width: int
    height: int
    frames: int
    variants: dict[str, MadeVariant | TaskError]


class Done(BaseModel):
    """How many variants of an order are done: the child says so in its own lines, before the reply."""

    model_config = ConfigDict(frozen=True)

    done: int = Field(ge=0)


DONE_START: Final = b'{"done":'
"""How such a line starts, and no reply does. A child says it once for each variant at most."""


class Reply(BaseModel):
    """The child's answer: what was made, or the error that the whole order met."""

    model_config = ConfigDict(frozen=True)

    made: Made | None = None
    error: TaskError | None = None

"""The identity of a task: requests that ask for the same images get the same id."""

from collections.abc import Mapping
from typing import Final

from pixelmill.domain.source import Source
from pixelmill.domain.transformation import Transformation

RECIPE_VERSION: Final = 1
"""Raised when the engine makes other bytes from the same request: old results then no longer answer new requests."""


def task_id_of(source: Source, variants: Mapping[str, Transformation], tenant: str = "") -> str:
    """The id of the task that makes these variants of this source for this tenant: 32 hex digits."""
    raise NotImplementedError

"""One layer of the confinement, as a child reports it."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class LayerName(StrEnum):
    """The layers, from the outermost in."""

    LIMITS = "limits"
    PRIVILEGES = "privileges"
    FILES = "files"
    CALLS = "system calls"


class Layer(BaseModel):
    """Whether a layer is there. What a system lacks is left out and told, and keeps nobody from starting.

    Args:
        name: Which one.
        is_active: Whether it holds.
        says: What it does here, or why it is missing.
    """

    model_config = ConfigDict(frozen=True)

    name: LayerName
    is_active: bool
    says: str

    def __str__(self) -> str:
        return self.says if self.is_active else f"missing: {self.says}"

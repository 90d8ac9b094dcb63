"""One hostile file and what must become of it."""

from collections.abc import Callable
from dataclasses import dataclass

MADE = "made"
"""The end of an order whose variant was made."""


@dataclass(frozen=True)
class Case:
    """A file that is up to something.

    Args:
        name: What it does.
        make: Makes it.
        end: The code of the error it meets, or `made`.
        cpu_seconds: The most that the child may spend on it, several times what it takes.
        peak_mebibytes: The most by which the child may grow meanwhile.
    """

    name: str
    make: Callable[[], bytes]
    end: str
    cpu_seconds: float = 2.0
    peak_mebibytes: int = 200

    def __str__(self) -> str:
        return self.name


LAUGHS = (
    b"<!DOCTYPE lolz [<!ENTITY lol 'lol'>"
    + b"".join(
        b"<!ENTITY lol%d '%s'>" % (n, b"&lol%d;" % (n - 1) * 10 if n > 1 else b"&lol;" * 10) for n in range(1, 10)
    )
    + b"<!ENTITY secret SYSTEM 'file:///etc/passwd'>]><x:xmpmeta>&lol9;&secret;</x:xmpmeta>"
)
"""XML that unfolds to gigabytes, and asks for a file, where somebody parses it."""

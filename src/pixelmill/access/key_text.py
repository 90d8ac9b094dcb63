"""The text of an API key, which is its secret: `pm_<key id>_<secret>`."""

import hashlib
import secrets
from typing import Final

ID_BYTES: Final = 6
SECRET_BYTES: Final = 32
"""256 bits that nobody can guess: a fast digest keeps them as well as a slow one would, and costs a request nothing."""

MAX_CHARACTERS: Final = 128
"""Longer texts are no keys of ours; nobody computes their digest."""


def new_key_id() -> str:
    """A name for a key that no other one has: 12 hex digits."""
    return secrets.token_hex(ID_BYTES)


def new_key_text(key_id: str) -> str:
    """The text of a new key. The prefix lets scanners of leaked secrets find it."""
    return f"pm_{key_id}_{secrets.token_urlsafe(SECRET_BYTES)}"


def digest_of(text: str) -> bytes:
    """What is kept of a text: SHA-256."""
    return hashlib.sha256(text.encode()).digest()

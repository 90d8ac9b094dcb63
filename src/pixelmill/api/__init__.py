"""Api: the HTTP role."""

from typing import Final

ROLE: Final = "api"
"""What this role is called in logs and metrics."""

"""Files of other people's servers that come with Pixelmill: nginx's template and page, Prometheus' configuration."""

from pathlib import Path

_IN_PACKAGE = Path(__file__).parent / "shipped"
_IN_REPOSITORY = Path(__file__).parents[3]


def shipped(folder: str) -> Path:
    """A top-level folder of the repository; an installed wheel carries a copy."""
    return (_IN_PACKAGE if _IN_PACKAGE.is_dir() else _IN_REPOSITORY) / folder

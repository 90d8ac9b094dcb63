"""Where the benchmarks keep what they install, make and find out."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
CACHE: Final = FOLDER.parent / ".bench"
"""Sources that were made, and thumbor; ignored by git, and may be removed at any time."""
SOURCES: Final = CACHE / "sources"
THUMBOR: Final = CACHE / "thumbor"
"""Where thumbor and what it needs are installed, apart from what we need."""
NODE_MODULES: Final = FOLDER / "node_modules"
RESULTS: Final = FOLDER / "results"

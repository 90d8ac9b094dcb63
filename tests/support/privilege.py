"""Whether other users could run what this one runs."""

import sys
from pathlib import Path
from stat import S_IXOTH

REPOSITORY = Path(__file__).parents[2]


def is_open_to_others() -> bool:
    """Whether every user may enter the folders of this interpreter and of the repository."""
    folders = (Path(sys.base_prefix), Path(sys.prefix), REPOSITORY)
    return all(parent.stat().st_mode & S_IXOTH for folder in folders for parent in (folder, *folder.parents))

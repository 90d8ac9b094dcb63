"""What the documents point to is there."""

import re
from itertools import chain
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
DOCUMENTS: Final = sorted(chain(ROOT.glob("*.md"), (ROOT / "docs").rglob("*.md")))
_CODE_PATH = re.compile(r"`((?:src|tests|docs|nginx|prometheus|postgres|benchmarks)/[\w./-]*)`")
_LINK = re.compile(r"\]\((?!\w+:|#)([^)#]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_exists(document: Path) -> None:
    """Files named in code type, from the root; links, from the document."""
    text = document.read_text()
    named = [ROOT / path for path in _CODE_PATH.findall(text)]
    linked = [document.parent / path for path in _LINK.findall(text)]

    assert [str(path) for path in (*named, *linked) if not path.exists()] == []

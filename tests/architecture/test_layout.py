"""The shape of the code: rules a reader may rely on."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "pixelmill"
MAX_FILE_LINES = 260
MAX_FUNCTION_LINES = 45

MODULES = sorted(PACKAGE.rglob("*.py"))
LISTS = {"errors.py", "settings.py"}
"""Catalogues: their length is their content."""


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("module", [m for m in MODULES if m.name not in LISTS], ids=relative)
def test_a_file_holds_one_concept(module: Path) -> None:
    """Long files hide two concepts."""
    assert len(module.read_text().splitlines()) <= MAX_FILE_LINES


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_a_function_fits_on_a_screen(module: Path) -> None:
    """The longest function is what makes a codebase hard to read."""
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    ]

    assert long == []


@pytest.mark.parametrize(
    "module", [m for m in MODULES if m.name != "settings.py" and "stack" not in m.parts], ids=relative
)
def test_the_environment_is_read_in_settings_alone(module: Path) -> None:
    """A setting read elsewhere is one nobody finds; `stack` only hands the environment on to the roles."""
    read = {
        ast.unparse(node)
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Attribute | ast.alias)
    }

    assert not read & {"os.environ", "os.getenv", "environ", "getenv"}

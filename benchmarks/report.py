"""Reports: a table for people, JSON for machines, in the folder of the results."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.measuring import Measured
from benchmarks.places import RESULTS

MEBIBYTE: Final = 1024 * 1024
MIN_COLUMNS: Final = 140
"""No table is narrower, wherever the output goes."""


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; its first column has names, the others figures."""
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console = Console()
    console.width = max(console.width, MIN_COLUMNS)
    console.print(table)


def keep(name: str, figures: Mapping[str, Any]) -> None:
    """Write the figures of a benchmark, with what they were measured on."""
    RESULTS.mkdir(exist_ok=True)
    head = {
        "benchmark": name,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores": len(os.sched_getaffinity(0)),
            "system": platform.platform(),
            "python": platform.python_version(),
            "libvips": version("pyvips-binary"),
        },
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(head | dict(figures), indent=1) + "\n")


def figures_of(measured: Measured) -> dict[str, Any]:
    """A contender's figures, for `keep`."""
    roles = sorted({role for each in measured.rounds for role in each.cpu_ms})
    return {
        "cpu_ms_per_image": round(measured.cpu_ms, 2),
        "best_cpu_ms_per_image": round(measured.best_cpu_ms, 2),
        "rounds_cpu_ms_per_image": [round(each.total_ms, 2) for each in measured.rounds],
        "images_per_second": round(measured.images_per_second, 1),
        "p50_ms": round(measured.latency_ms(50), 1),
        "p99_ms": round(measured.latency_ms(99), 1),
        "processes": {
            role: {
                "cpu_ms_per_image": round(measured.cpu_ms_of(role), 2),
                "peak_mebibytes": mebibytes(measured.memory[role].peak_bytes) if role in measured.memory else None,
                "final_mebibytes": mebibytes(measured.memory[role].now_bytes) if role in measured.memory else None,
            }
            for role in roles
        },
    }


def mebibytes(size_bytes: int) -> int:
    """A size as people read it."""
    return round(size_bytes / MEBIBYTE)

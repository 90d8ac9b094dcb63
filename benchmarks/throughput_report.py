"""The report of `throughput`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from benchmarks.contenders.field import missing
from benchmarks.measuring import Measured
from benchmarks.plots import stacked_bars
from benchmarks.quality import Quality
from benchmarks.report import figures_of, keep, mebibytes, show


@dataclass(frozen=True)
class FiveWidths:
    """CPU milliseconds of five widths of a source: as variants of one task, and as five tasks."""

    together_ms: float
    apart_ms: float


def report(
    measured: Sequence[Measured], qualities: Mapping[str, Quality], five_widths: FiveWidths, concurrency: int
) -> None:
    """Show the tables, and keep the figures and the plot."""
    by_name = {each.name: each for each in measured}
    _show_contenders(by_name, qualities, concurrency)
    _show_processes(by_name["Pixelmill"])
    times = five_widths.apart_ms / five_widths.together_ms
    show(
        "Five widths of a source, CPU milliseconds",
        ("", "ms", "times"),
        [
            ("five tasks", f"{five_widths.apart_ms:.1f}", f"{times:.2f}"),
            ("one task", f"{five_widths.together_ms:.1f}", "1.00"),
        ],
    )
    keep(
        "throughput",
        {
            "concurrency": concurrency,
            "contenders": {
                name: figures_of(each) | ({"quality": asdict(qualities[name])} if name in qualities else {})
                for name, each in by_name.items()
            },
            "missing": missing(),
            "five_widths": asdict(five_widths) | {"times": round(times, 2)},
        },
    )
    bars = {each.name: {role: each.cpu_ms_of(role) for role in _roles(each)} for each in measured}
    stacked_bars("throughput", "JPEG to JPEG, 6 and 12 megapixels, 320 to 1319 wide", "CPU ms per image", bars)


def _show_contenders(measured: Mapping[str, Measured], qualities: Mapping[str, Quality], concurrency: int) -> None:
    reference = measured.get("sharp", next(iter(measured.values())))
    rows: list[tuple[str, ...]] = [
        (
            name,
            f"{each.cpu_ms:.1f}",
            f"{each.best_cpu_ms:.1f}",
            f"{each.cpu_ms / reference.cpu_ms:.2f}",
            f"{each.images_per_second:.1f}",
            f"{each.latency_ms(50):.0f}",
            f"{each.latency_ms(99):.0f}",
            f"{mebibytes(sum(role.peak_bytes for role in each.memory.values()))}",
            f"{mebibytes(sum(role.now_bytes for role in each.memory.values()))}",
            *((f"{found.ssim:.4f}", f"{found.ssimulacra2:.1f}") if (found := qualities.get(name)) else ("", "")),
        )
        for name, each in measured.items()
    ]
    rows += [(name, *["-"] * 9, reason) for name, reason in missing().items()]
    speed = ("", "CPU ms", "best", f"vs {reference.name}", "images/s", "p50 ms", "p99 ms")
    columns = (*speed, "peak MiB", "final MiB", "SSIM", "SSIMULACRA 2")
    show(f"JPEG to JPEG, {concurrency} at once; medians of the rounds", columns, rows)


def _show_processes(measured: Measured) -> None:
    rows = [
        (
            role,
            f"{measured.cpu_ms_of(role):.2f}",
            *(
                (str(mebibytes(measured.memory[role].peak_bytes)), str(mebibytes(measured.memory[role].now_bytes)))
                if role in measured.memory
                else ("-", "-")
            ),
        )
        for role in _roles(measured)
    ]
    show(f"{measured.name} by process", ("", "CPU ms", "peak MiB", "final MiB"), rows)


def _roles(measured: Measured) -> list[str]:
    """The roles, the one that costs most first."""
    roles = {role for each in measured.rounds for role in each.cpu_ms}
    return sorted(roles, key=measured.cpu_ms_of, reverse=True)

"""Plots: one look at what a benchmark found."""

from collections.abc import Mapping, Sequence
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.places import RESULTS

# The same file for the same figures: no random ids, no date.
mpl.rcParams.update({"svg.hashsalt": "pixelmill", "font.size": 9})

BAR_INCHES: Final = 0.45


def stacked_bars(name: str, title: str, axis: str, bars: Mapping[str, Mapping[str, float]]) -> None:
    """A horizontal bar for each contender, made of its parts; parts of the same name have the same color."""
    figure = Figure(figsize=(8, 1.2 + BAR_INCHES * len(bars)))
    axes = figure.add_subplot()
    parts = list(dict.fromkeys(part for each in bars.values() for part in each))
    names = list(bars)
    left = dict.fromkeys(names, 0.0)
    for part in parts:
        values = [bars[each].get(part, 0.0) for each in names]
        axes.barh(names, values, left=list(left.values()), label=part, height=0.7)
        left = {each: left[each] + value for each, value in zip(names, values, strict=True)}
    for each, total in left.items():
        axes.text(total, names.index(each), f" {total:.1f}", va="center")
    axes.invert_yaxis()
    axes.set(title=title, xlabel=axis)
    axes.legend(loc="center left", bbox_to_anchor=(1.08, 0.5), frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    _save(figure, name)


def grouped_bars(name: str, title: str, axis: str, groups: Mapping[str, Mapping[str, float]]) -> None:
    """A group of horizontal bars for each case, one bar for each contender; the axis is logarithmic."""
    names = list(next(iter(groups.values())))
    figure = Figure(figsize=(8, 1 + BAR_INCHES * len(groups) * 1.4))
    axes = figure.add_subplot()
    height = 0.8 / len(names)
    for number, each in enumerate(names):
        places = [place + (number - (len(names) - 1) / 2) * height for place in range(len(groups))]
        axes.barh(places, [group[each] for group in groups.values()], height=height, label=each)
    axes.set_yticks(range(len(groups)), list(groups))
    axes.set_xscale("log")
    axes.invert_yaxis()
    axes.set(title=title, xlabel=axis)
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    _save(figure, name)


def curves(
    name: str, title: str, axes_titles: tuple[str, str], lines: Mapping[str, Sequence[tuple[float, float]]]
) -> None:
    """A line with its points for each name."""
    figure = Figure(figsize=(8, 4.5))
    axes = figure.add_subplot()
    for label, points in lines.items():
        axes.plot(*zip(*points, strict=True), marker="o", markersize=3, label=label)
    axes.set(title=title, xlabel=axes_titles[0], ylabel=axes_titles[1])
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    _save(figure, name)


def _save(figure: Figure, name: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    figure.savefig(RESULTS / f"{name}.svg", bbox_inches="tight", metadata={"Date": None})

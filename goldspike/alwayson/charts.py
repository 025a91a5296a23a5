"""What a run on the always-on chip looks like: ``goldspike sim alwayson --report``."""

from pathlib import Path
from typing import Any

import numpy as np

from goldspike.charts import COLOURS, grouped_bars, new_figure, save_chart, save_table
from goldspike.confusion import confusion_charts

__all__ = ["write_charts"]

MISSED = ("dropped", "lost")
STATES = ("asleep", "powered", "clocked")


def write_charts(report: dict[str, Any], arrays: dict[str, np.ndarray], folder: Path) -> str:
    """Write confusion, requests and misses per block, and where time went, as CSV, PNG and SVG."""
    title = confusion_charts(report, arrays["confusion"], folder)
    parts = (requests(report, arrays, folder, title), times(report, folder, title))
    return "\n\n".join((title, *parts))


def requests(
    report: dict[str, Any], arrays: dict[str, np.ndarray], folder: Path, title: str
) -> str:
    """Write spikes, requests and misses of every block per sample, and misses sample by sample."""
    head = ("block", "spikes", "requests", *MISSED)
    blocks = {name: found for name, found in report["counts"].items() if "spikes" in found}
    rows = [
        (name, *(f"{found[kind] / report['samples']:.2f}" for kind in head[1:]))
        for name, found in blocks.items()
    ]
    figure = new_figure(9, 4)
    bars, misses = figure.subplots(1, 2)
    heights = {head[k]: [float(row[k]) for row in rows] for k in range(2, len(head))}
    grouped_bars(bars, list(blocks), heights)
    bars.set_ylabel("per sample")
    missed = arrays["dropped"].sum(axis=1)
    misses.hist(missed, bins=30, color=COLOURS[1])
    misses.set(xlabel="requests that a sample drops", ylabel="samples")
    figure.suptitle(title)
    save_chart(folder / "requests.png", figure)
    return save_table(folder / "requests.csv", head, rows)


def times(report: dict[str, Any], folder: Path, title: str) -> str:
    """Write which part of the time every block was asleep, had power, and was clocked."""
    head = ("block", *(f"{state} %" for state in STATES), "nJ per sample")
    rows = []
    for name, found in report["energy"]["blocks"].items():
        whole = found["asleep_ms"] + found["powered_ms"]
        shares = (f"{100 * found[f'{state}_ms'] / whole:.3f}" for state in STATES)
        rows.append((name, *shares, f"{found['nJ']:.3f}" if "nJ" in found else "-"))
    figure = new_figure(8, 4)
    axes = figure.add_subplot()
    heights = {STATES[k]: [float(row[k + 1]) for row in rows] for k in (1, 2)}
    grouped_bars(axes, [row[0].replace("_", "\n") for row in rows], heights)
    axes.tick_params(axis="x", labelsize=8)
    axes.set(ylabel="% of the time", title=title)
    save_chart(folder / "times.png", figure)
    return save_table(folder / "times.csv", head, rows)

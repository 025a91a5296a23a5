"""What a run on the always-on chip looks like: ``goldspike sim alwayson --report``."""

from pathlib import Path
from typing import Any

import numpy as np

from goldspike.charts import COLOURS, new_figure, save_chart, text_table, write_csv
from goldspike.confusion import confusion_charts

__all__ = ["write_charts"]

MISSED = ("dropped", "lost")
STATES = ("asleep", "powered", "clocked")


def write_charts(report: dict[str, Any], arrays: dict[str, np.ndarray], folder: Path) -> str:
    """Write confusion, requests and misses per block, and where time went, as CSV, PNG and SVG.

    Parameters
    ----------
    report : dict
        As ``build/sim/alwayson.json`` has it.
    arrays : dict of arrays
        As ``build/sim/alwayson.npz`` has them.
    folder : Path
        Made if it is missing.
    """
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
    write_csv(folder / "requests.csv", head, rows)
    figure = new_figure(9, 4)
    bars, misses = figure.subplots(1, 2)
    place = np.arange(len(rows))
    for k, (kind, colour) in enumerate(zip(head[2:], COLOURS, strict=False)):
        heights = [float(row[k + 2]) for row in rows]
        bars.bar(place + 0.27 * (k - 1), heights, 0.27, color=colour, label=kind)
    bars.set_xticks(place, [row[0] for row in rows])
    bars.set(ylabel="per sample")
    bars.legend()
    missed = arrays["dropped"].sum(axis=1)
    misses.hist(missed, bins=30, color=COLOURS[1])
    misses.set(xlabel="requests that a sample drops", ylabel="samples")
    figure.suptitle(title)
    save_chart(folder / "requests.png", figure)
    return text_table(head, rows)


def times(report: dict[str, Any], folder: Path, title: str) -> str:
    """Write which part of the time every block was asleep, had power, and was clocked."""
    head = ("block", *(f"{state} %" for state in STATES), "nJ per sample")
    rows = []
    for name, found in report["energy"]["blocks"].items():
        whole = found["asleep_ms"] + found["powered_ms"]
        shares = (f"{100 * found[f'{state}_ms'] / whole:.3f}" for state in STATES)
        rows.append((name, *shares, f"{found['nJ']:.3f}" if "nJ" in found else "-"))
    write_csv(folder / "times.csv", head, rows)
    figure = new_figure(8, 4)
    axes = figure.add_subplot()
    place = np.arange(len(rows))
    for k, (state, colour) in enumerate(zip(STATES[1:], COLOURS, strict=False)):
        heights = [float(row[k + 2]) for row in rows]
        axes.bar(place + 0.4 * k - 0.2, heights, 0.4, color=colour, label=state)
    axes.set_xticks(place, [row[0].replace("_", "\n") for row in rows], fontsize=8)
    axes.set(ylabel="% of the time", title=title)
    axes.legend()
    save_chart(folder / "times.png", figure)
    return text_table(head, rows)

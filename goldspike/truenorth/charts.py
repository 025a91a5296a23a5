"""What a run on an array of cores looks like: ``goldspike sim truenorth --report``."""

from pathlib import Path
from typing import Any

import numpy as np

from goldspike.charts import COLOURS, new_figure, save_chart, save_table
from goldspike.confusion import confusion_charts

__all__ = ["activity", "write_charts"]

KINDS = ("events", "fired", "sent", "merged", "stalls")


def write_charts(report: dict[str, Any], arrays: dict[str, np.ndarray], folder: Path) -> str:
    """Write confusion, activity per core, and ticks per sample as CSV, PNG and SVG."""
    title = f"{report['net']} on {report['array']} cores"
    if "confusion" in arrays:
        title = confusion_charts(report, arrays["confusion"], folder)
    return f"{title}\n\n{activity(report, arrays, folder, title)}"


def activity(
    report: dict[str, Any], arrays: dict[str, np.ndarray], folder: Path, title: str
) -> str:
    """Write what every core did per sample, and how long samples took."""
    rows = [
        (core, *(f"{members[kind] / report['samples']:.2f}" for kind in KINDS))
        for core, members in report["counts"].items()
    ]
    figure = new_figure(9, 4)
    bars, times = figure.subplots(1, 2)
    bars.bar([row[0] for row in rows], [float(row[1]) for row in rows], color=COLOURS[1])
    bars.set_ylabel("events per sample")
    bars.tick_params(axis="x", labelrotation=90 if len(rows) > 6 else 0)
    times.hist(arrays["ticks"], bins=30, color=COLOURS[2])
    times.set(xlabel="ticks of a sample", ylabel="samples")
    figure.suptitle(title)
    save_chart(folder / "activity.png", figure)
    return save_table(folder / "activity.csv", ("core", *KINDS), rows)

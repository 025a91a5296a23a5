"""What a run of the RRAM macro looks like: ``goldspike sim rram --report``."""

from pathlib import Path
from typing import Any

import numpy as np

from goldspike.charts import COLOURS, grouped_bars, new_figure, save_chart, save_table
from goldspike.confusion import confusion_charts

__all__ = ["write_charts"]


def write_charts(report: dict[str, Any], arrays: dict[str, np.ndarray], folder: Path) -> str:
    """Write confusion, activity per layer and ticks per sample as CSV, PNG and SVG."""
    title = confusion_charts(report, arrays["confusion"], folder)
    return f"{title}\n\n{activity(report, arrays, folder, title)}"


def activity(
    report: dict[str, Any], arrays: dict[str, np.ndarray], folder: Path, title: str
) -> str:
    """Write groups, conversions and word-lines per sample, layer by layer, and samples' ticks."""
    head = ("layer", "groups", "conversions", "word-lines", "input bits", "ones %")
    kinds = ("groups", "conversions", "word_lines", "input_bits")
    rows = []
    for layer, members in report["counts"].items():
        mean = [f"{members[kind] / report['samples']:.1f}" for kind in kinds]
        ones = members["word_lines"] / members["input_bits"]
        rows.append((layer, *mean, f"{100 * ones:.1f}"))
    figure = new_figure(9, 4)
    bars, times = figure.subplots(1, 2)
    heights = {head[k]: [float(row[k]) for row in rows] for k in (1, 3)}
    grouped_bars(bars, list(report["counts"]), heights)
    bars.set_ylabel("per sample")
    times.hist(arrays["ticks"], bins=30, color=COLOURS[2])
    times.set(xlabel="ticks of a sample", ylabel="samples")
    figure.suptitle(title)
    save_chart(folder / "activity.png", figure)
    return save_table(folder / "activity.csv", head, rows)

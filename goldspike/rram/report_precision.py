"""``goldspike report rram-precision``: what fewer bits of a weight cost and save.

The digits that ship, trained once for each precision of the macro, over the whole test part.
"""

from pathlib import Path

import numpy as np

from goldspike.charts import new_figure, save_chart, text_table, write_csv
from goldspike.rram.chip import Rram
from goldspike.simulation import net_path
from goldspike.workloads.dataset import digits

__all__ = ["measure", "write"]


def measure() -> list[dict]:
    """Return the summary of every configuration's run on the digits."""
    chip, data = Rram(), digits("test")
    found = []
    for config in chip.configurations:
        loaded = chip.load(net_path(chip, None, config), chip.choose(config))
        results = list(loaded.start("model").run(loaded.inputs(data), 0, len(data)))
        found.append(loaded.summarise(results, data.y))
    return found


def write(folder: Path) -> str:
    """Write ``precision.csv`` and a chart; return the table."""
    summaries = measure()
    best = summaries[0]["accuracy"]["score"]
    rows = [
        (
            summary["weight_bits"],
            100 * summary["accuracy"]["score"],
            100 * (summary["accuracy"]["score"] - best),
            summary["tiles"],
            summary["cells"],
            summary["ticks"],
            summary["energy"]["nJ_per_sample"],
        )
        for summary in summaries
    ]
    head = ("bits", "accuracy %", "against 8 bits", "macros", "cells", "ticks", "nJ")
    write_csv(folder / "precision.csv", head, rows)
    figure = new_figure(8, 3.6)
    axes = figure.subplots(1, 2)
    names = [str(row[0]) for row in rows]
    for part, column, label in zip(axes, (1, 6), ("accuracy, %", "nJ per digit"), strict=True):
        part.bar(names, [row[column] for row in rows])
        part.set(xlabel="bits of a weight", ylabel=label)
    axes[0].set_ylim(np.floor(min(row[1] for row in rows)) - 1, 100)
    save_chart(folder / "precision.png", figure)
    texts = [
        (bits, f"{a:.2f}", f"{b:+.2f}", tiles, cells, f"{ticks:.1f}", f"{nj:.2f}")
        for bits, a, b, tiles, cells, ticks, nj in rows
    ]
    return f"Digits, 539 test images, 64-64-10\n{text_table(head, texts)}"

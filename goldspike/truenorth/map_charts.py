"""Maps with their waves and ways: ``goldspike sim truenorth --workload planner --report``."""

from pathlib import Path
from typing import Any

import numpy as np

from goldspike.charts import COLOURS, new_figure, save_chart, text_table, write_csv
from goldspike.workloads.truenorth.planner import UNREACHED, GridMap, path, vector_field

__all__ = ["write_charts"]

MOST_DRAWN = 20


def write_charts(report: dict[str, Any], arrays: dict[str, np.ndarray], folder: Path) -> str:
    """Write a table of all maps, and pictures of the first ones that have two dimensions.

    Parameters
    ----------
    report : dict
        As ``build/sim/truenorth.json`` has it.
    arrays : dict of arrays
        As ``build/sim/truenorth.npz`` has them; ``start`` and ``target`` (n, axes) are among them.
    folder : Path
        Made if it is missing.
    """
    head = ("map", "size", "costs", "by Dijkstra", "cells", "steps", "ticks", "events")
    rows = []
    for k, shape in enumerate(arrays["shape"].tolist()):
        counts = [int(arrays[name][k]) for name in ("answer", "label", "cells", "steps", "ticks")]
        rows.append((k, " x ".join(map(str, shape)), *counts, int(arrays["events"][k])))
        if len(shape) == 2 and k < MOST_DRAWN:
            size = shape[0] * shape[1]
            grid = GridMap(
                arrays["costs"][k, :size].reshape(shape).astype(np.uint8),
                tuple(arrays["start"][k].tolist()),
                tuple(arrays["target"][k].tolist()),
            )
            draw(grid, arrays["first"][k, :size].reshape(shape), folder / f"map_{k}.png")
    write_csv(folder / "maps.csv", head, rows)
    return f"{report['data']}\n\n{text_table(head, rows)}"


def draw(grid: GridMap, first: np.ndarray, file: Path) -> None:
    """Draw first-spike steps as colours, the vector field as arrows, and the way."""
    height, width = first.shape
    figure = new_figure(max(4.0, width / 2.5), max(3.0, height / 3))
    axes = figure.subplots()
    shown = np.ma.masked_where(first == UNREACHED, first)
    picture = axes.imshow(shown, cmap="viridis_r")
    figure.colorbar(picture, label="step of the first spike")
    rows, columns = np.nonzero(grid.costs == 0)
    axes.scatter(columns, rows, marker="s", color="black", s=30)
    field = vector_field(first)
    down, right = -field[0].astype(float), field[1].astype(float)
    axes.quiver(right, down, color="white", scale=30, width=0.003)
    way = path(grid, first)
    if way:
        axes.plot([c for _, c in way], [r for r, _ in way], color=COLOURS[3], linewidth=2)
    for mark, (row, column) in (("S", grid.start), ("T", grid.target)):
        axes.text(column, row, mark, ha="center", va="center", fontweight="bold")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title(f"{len(way)} cells" if way else "no way")
    save_chart(file, figure)

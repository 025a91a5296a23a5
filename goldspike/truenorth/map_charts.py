"""Maps with their waves and ways: ``goldspike sim truenorth --workload planner --report``."""

from pathlib import Path
from typing import Any

import numpy as np

from goldspike.charts import save_table
from goldspike.truenorth.path_chart import draw_path
from goldspike.workloads.truenorth.planner import GridMap, path

__all__ = ["write_charts"]

MOST_DRAWN = 20


def write_charts(report: dict[str, Any], arrays: dict[str, np.ndarray], folder: Path) -> str:
    """Write a table of all maps, and pictures of the first ones that have two dimensions."""
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
                name=f"map {k}",
            )
            first = arrays["first"][k, :size].reshape(shape)
            draw_path(grid, first, path(grid, first), folder / f"map_{k}.png")
    return f"{report['data']}\n\n{save_table(folder / 'maps.csv', head, rows)}"

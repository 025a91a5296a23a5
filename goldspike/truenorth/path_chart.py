"""The map that a wave of spikes went over, its vector field, and the path, as PNG."""

from pathlib import Path

import numpy as np

from goldspike.charts import COLOURS, new_figure, save_png
from goldspike.workloads.truenorth.planner import UNREACHED, Cell, GridMap, vector_field

__all__ = ["draw_path"]

_GREY = "#8795a1"


def draw_path(grid: GridMap, first: np.ndarray, way: list[Cell], path: Path) -> None:
    """Draw a map of two dimensions.

    Parameters
    ----------
    grid : GridMap
    first : int64 array, as the map's costs
        Step of every cell's first spike.
    way : list of cells
        From start to target; empty if there is none.
    path : Path
        The PNG to write (atomically).

    Raises
    ------
    InputError
        If matplotlib is not installed or the file cannot be written.
    """
    height, width = first.shape
    figure = new_figure(1.6 + 0.4 * max(width, 8), 0.9 + 0.4 * max(height, 6))
    axes = figure.subplots()
    steps = np.ma.masked_equal(first, UNREACHED)
    shown = axes.imshow(steps, cmap="YlGnBu_r", vmin=0)
    figure.colorbar(shown, label="step of the first spike")
    axes.imshow(np.ma.masked_not_equal(grid.costs, 0), cmap="gray", vmin=0, vmax=1)
    down, right = vector_field(first)
    y, x = np.nonzero(down | right)
    axes.quiver(
        x, y, right[y, x], down[y, x], angles="xy", scale=2.2, scale_units="xy", pivot="mid",
        width=0.003, color=_GREY,
    )  # fmt: skip
    for cell in map(tuple, np.argwhere(grid.costs > 1).tolist()):
        axes.text(
            cell[1] + 0.3,
            cell[0] + 0.35,
            str(grid.costs[cell]),
            fontsize=6,
            ha="center",
            color=_GREY,
        )
    if way:
        axes.plot([cell[1] for cell in way], [cell[0] for cell in way], color=COLOURS[3], lw=2)
    for mark, cell in (("S", grid.start), ("T", grid.target)):
        axes.text(cell[1], cell[0], mark, weight="bold", ha="center", va="center", color="white")
    axes.set_xticks([])
    axes.set_yticks([])
    found = f"path of {len(way) - 1} moves, cost {first[grid.start]}" if way else "no path"
    axes.set_title(f"{Path(grid.name).name}: {found}", fontsize=10, loc="left")
    save_png(path, figure)

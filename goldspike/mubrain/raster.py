"""Raster of one run: who spiked when, from the input to the output, as a PNG."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from goldspike.charts import new_figure, save_png

__all__ = ["draw_raster"]

Spikes = tuple[np.ndarray, np.ndarray]
"""Times and lines."""

_WIDTH = 11.0
_INK, _GREY = "#22303c", "#8795a1"
_MARKS = ("#1b998b", "#e08e0b", "#d1345b", "#7161ba")
_DENSE = 20_000  # spikes of a part beyond which marks become pixels


def draw_raster(parts: Mapping[str, tuple[Spikes, int]], title: str, path: Path) -> None:
    """Draw spikes over time, one row of axes per part.

    Parameters
    ----------
    parts : mapping of str to ((times, lines), number of lines)
        Times in milliseconds.
    title : str
    path : Path
        The PNG to write (atomically).

    Raises
    ------
    InputError
        If matplotlib is not installed or the file cannot be written.
    """
    heights = [1.0 + 2.0 * (lines / 256) ** 0.5 for _, lines in parts.values()]
    figure = new_figure(_WIDTH, sum(heights) + 1.0, layout=None)
    all_axes = figure.subplots(
        len(parts), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
    )[:, 0]
    for number, (axes, (name, ((time, line), lines))) in enumerate(
        zip(all_axes, parts.items(), strict=True)
    ):
        if len(time) > _DENSE:
            axes.plot(time, line, ",", color=_MARKS[number % len(_MARKS)])
        else:
            size = min(6.0, 0.6 * 72 * heights[number] / lines)
            axes.plot(
                time, line, "|", color=_MARKS[number % len(_MARKS)], markersize=max(size, 2.5),
                markeredgewidth=0.7,
            )  # fmt: skip
        axes.set_ylim(-0.5, lines - 0.5)
        axes.set_ylabel(f"{name}\n{len(time)} spikes", color=_INK, fontsize=9)
        axes.tick_params(labelsize=8, colors=_GREY)
        axes.yaxis.get_major_locator().set_params(integer=True)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    all_axes[-1].set_xlabel(
        "ms since the tick that cleared the chip, one before the first event",
        color=_GREY,
        fontsize=9,
    )
    figure.suptitle(title, x=0.02, ha="left", fontsize=11, weight="bold", color=_INK)
    figure.tight_layout()
    save_png(path, figure)

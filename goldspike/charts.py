"""What reports write: tables as CSV, charts as PNG and SVG; atomically, always the same bytes."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from goldspike.model.errors import InputError
from goldspike.model.files import write_atomically

__all__ = [
    "COLOURS",
    "described",
    "grouped_bars",
    "new_figure",
    "save_chart",
    "save_png",
    "save_table",
    "text_table",
    "write_csv",
]

COLOURS = ("#1b6ca8", "#e08e0b", "#1b998b", "#d1345b", "#7161ba")


def new_figure(width: float, height: float, layout: Any = "constrained") -> Any:
    """Return an empty matplotlib figure of that many inches, which needs no screen.

    Raises
    ------
    InputError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError(
            "Charts need matplotlib, which is not installed; it comes with the extra 'plots'."
        ) from None
    return Figure(figsize=(width, height), dpi=120, facecolor="white", layout=layout)


def save_png(path: Path, figure: Any) -> None:
    """Write a figure as PNG."""
    write_atomically(
        path, lambda stream: figure.savefig(stream, format="png", metadata={"Software": None})
    )


def save_chart(path: Path, figure: Any) -> None:
    """Write a figure as PNG, and beside it as SVG."""
    from matplotlib import rc_context

    save_png(path, figure)
    with rc_context({"svg.hashsalt": "goldspike"}):  # names in the file: the same in every run
        write_atomically(
            path.with_suffix(".svg"),
            lambda stream: figure.savefig(stream, format="svg", metadata={"Date": None}),
        )


def grouped_bars(axes: Any, names: Sequence[str], groups: Mapping[str, Sequence[float]]) -> None:
    """Draw bars of several kinds, side by side, above each name.

    Parameters
    ----------
    axes : matplotlib Axes
    names : sequence of str
    groups : mapping of str to sequence of float
        The heights of each kind, one per name; at most as many kinds as :data:`COLOURS`.
    """
    width = 0.8 / len(groups)
    for k, (kind, heights) in enumerate(groups.items()):
        left = (k - (len(groups) - 1) / 2) * width
        places = [place + left for place in range(len(names))]
        axes.bar(places, heights, width, color=COLOURS[k], label=kind)
    axes.set_xticks(range(len(names)), names)
    axes.legend()


def write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    write_atomically(path, lambda stream: stream.write(text.getvalue().encode()))


def text_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table for the screen, columns to the right except the first."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:<{w}}" if k == 0 else f"{cell:>{w}}"
                  for k, (cell, w) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in cells
    )  # fmt: skip


def save_table(path: Path, head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Write a table as CSV; return it for the screen."""
    write_csv(path, head, rows)
    return text_table(head, rows)


def described(rows: Iterable[tuple[str, str]]) -> str:
    """Return rows of a name and what there is to say about it, for the screen."""
    rows = list(rows)
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {text}" for name, text in rows)

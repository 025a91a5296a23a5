"""How often each class was answered with which: as a table and as a picture."""

from pathlib import Path
from typing import Any

import numpy as np

from goldspike.charts import new_figure, save_chart, write_csv

__all__ = ["confusion_charts", "confusion_of", "draw_confusion", "write_confusion"]

WRITTEN = 30
"""Classes up to which the picture has numbers."""


def confusion_of(
    labels: np.ndarray, answers: np.ndarray, classes: int, *, none: bool = False
) -> np.ndarray:
    """Return how often each class was answered with which, int64 (classes, classes).

    With `none` an answer may be -1, none, which the matrix has a last column for.
    """
    matrix = np.zeros((classes, classes + none), np.int64)
    np.add.at(matrix, (labels, answers), 1)  # -1 indexes the last column
    return matrix


def names(matrix: np.ndarray) -> list[str]:
    """Return the columns of a matrix (classes, classes), or with one more for no answer."""
    classes, columns = matrix.shape
    return [*map(str, range(classes)), *["none"] * (columns - classes)]


def write_confusion(path: Path, matrix: np.ndarray) -> None:
    """Write a matrix, by label and answer, as CSV."""
    rows = [(k, *row) for k, row in enumerate(matrix.tolist())]
    write_csv(path, ["label", *names(matrix)], rows)


def draw_confusion(axes: Any, matrix: np.ndarray, title: str) -> None:
    """Draw a matrix, by label and answer, each row as shares of its label."""
    share = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    if len(matrix) <= WRITTEN:
        for (row, column), count in np.ndenumerate(matrix):
            if count:
                ink = "white" if share[row, column] > 0.5 else "black"
                axes.text(column, row, str(count), ha="center", va="center", color=ink, fontsize=7)
        axes.set_xticks(range(matrix.shape[1]), names(matrix))
        axes.set_yticks(range(len(matrix)))
    axes.set(title=title, xlabel="answer", ylabel="label")


def confusion_charts(report: dict[str, Any], matrix: np.ndarray, folder: Path) -> str:
    """Write ``confusion.csv`` and a chart of it; return the run's title."""
    title = f"{report['net']} on {report['data']}, {report['samples']} samples"
    write_confusion(folder / "confusion.csv", matrix)
    figure = new_figure(6, 5)
    draw_confusion(figure.add_subplot(), matrix, title)
    save_chart(folder / "confusion.png", figure)
    return title

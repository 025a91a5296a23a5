"""``goldspike report truenorth-sparse-recurrent``: how few learned inputs a fixed recurrence needs.

Layers after Muller Eq. 5 on one core, trained on the digits that ship: the first k of 128 neurons
see the input, in tmax + 1 windows; each also without its recurrence, the windows as many and every
setting alike. Answers are over the test part, from spikes of the step model, the mean over
:data:`SEEDS` of the training.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from goldspike.charts import new_figure, save_chart, text_table, write_csv
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.truenorth.network import levels
from goldspike.workloads.truenorth.sparse_recurrent import layer_counts, scores
from goldspike.workloads.truenorth.sparse_recurrent_training import SparseParams, train

__all__ = ["Row", "measure", "write"]

COLUMNS = (128, 32, 16, 8)
WINDOWS = (0, 1, 2)
SEEDS = (0, 1, 2)


class Row(NamedTuple):
    """A layer: accuracies in percent, synaptic events per digit, learned weights of W_in.

    `spread` is the standard deviation of the gain from seed to seed.
    """

    k: int
    tmax: int
    with_recurrence: float
    without: float
    gain: float
    spread: float
    events: float
    learned: int


def measure(
    columns: Sequence[int] = COLUMNS,
    windows: Sequence[int] = WINDOWS,
    seeds: Sequence[int] = SEEDS,
    **settings: float,
) -> Iterator[Row]:
    """Train and run every layer.

    Parameters
    ----------
    columns, windows, seeds : sequences of int
        k, tmax and the seeds of the training.
    **settings
        Of :class:`SparseParams`, for all of them.
    """
    part, test = digits("train"), digits("test")
    given, asked = levels(prepare(part.x, 8)), levels(prepare(test.x, 8))
    classes = int(part.y.max()) + 1

    def run(params: SparseParams) -> tuple[float, float]:
        layer, _ = train(given, part.y, classes, params)
        found, events = layer_counts(layer, asked)
        return 100 * float((scores(layer, found).argmax(axis=1) == test.y).mean()), events

    for k in columns:
        for tmax in windows:
            rows = []
            for seed in seeds:
                params = SparseParams(k=k, tmax=tmax, seed=seed, **settings)  # type: ignore[arg-type]
                right, events = run(params)
                # in one window there is no recurrence
                without = run(replace(params, recurrent=0))[0] if tmax else right
                rows.append((right, without, right - without, events))
            right, without, gain, events = np.mean(rows, axis=0).tolist()
            spread = float(np.std([row[2] for row in rows], ddof=min(1, len(rows) - 1)))
            yield Row(k, tmax, right, without, gain, spread, events, given.shape[1] * k)


def write(folder: Path) -> str:
    """Write ``sparse_recurrent.csv`` and a chart; return the table."""
    rows = list(measure())
    head = ("k", "tmax", "recurrent %", "without %", "gain", "spread", "events", "learned weights")
    write_csv(folder / "sparse_recurrent.csv", head, rows)
    figure = new_figure(5, 3.6)
    axes = figure.subplots()
    for tmax in WINDOWS:
        some = [row for row in rows if row.tmax == tmax]
        axes.plot(
            [r.k for r in some], [r.with_recurrence for r in some], "o-", label=f"tmax {tmax}"
        )
    some = [row for row in rows if row.tmax == 1]
    axes.plot([r.k for r in some], [r.without for r in some], "s--", label="tmax 1, none")
    axes.set_xscale("log", base=2)
    axes.set(xlabel="neurons with learned inputs, of 128", ylabel="accuracy, %")
    axes.legend()
    save_chart(folder / "sparse_recurrent.png", figure)
    texts = [
        (r.k, r.tmax, f"{r.with_recurrence:.2f}", f"{r.without:.2f}", f"{r.gain:+.2f}",
         f"{r.spread:.2f}", f"{r.events:.0f}", r.learned)
        for r in rows
    ]  # fmt: skip
    return f"Digits, 539 test images, mean of {len(SEEDS)} seeds\n{text_table(head, texts)}"

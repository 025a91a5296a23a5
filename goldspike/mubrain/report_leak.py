"""A leaky neuron against theory: ``goldspike report mubrain-leak``.

One neuron with an excitatory input and a bias that leaks (golden models of leak and layer). Left:
its potential falls by the bias's weight once per period, to zero. Right: under steady excitation it
fires at (excitation - leak) / 64 per tick, and not at all where the leak is the stronger one.
"""

import csv
import io
from pathlib import Path

import numpy as np

from goldspike.charts import new_figure, save_chart
from goldspike.model.files import write_atomically
from goldspike.model.mubrain.layer import LayerModel, LayerParams, LayerRun
from goldspike.model.mubrain.leak import LeakModel, LeakParams
from goldspike.model.mubrain.neuron import NeuronParams

__all__ = ["write"]

START, PERIOD, WEIGHTS = 60, 50, (1, 3, 7)
"""Decay: potential at the beginning, ticks per leak, weights."""

LEAK, LEAK_PERIOD, EXCITATION, TICKS = 3, 100, 7, 400_000
"""Rate: weight and period of the leak, weight of the excitation, and how long."""


def leaky(weight: int, leak: int, excited: np.ndarray, leaks: np.ndarray) -> LayerRun:
    """Return a run of one neuron with edges on its input and on its bias."""
    model = LayerModel(LayerParams(inputs=2, neurons=1), np.array([[weight], [-leak]]))
    tick = np.concatenate([excited, leaks])
    order = np.argsort(tick, kind="stable")
    line = np.repeat([0, 1], [excited.size, leaks.size])
    return model.run(tick[order], line[order], traced=True)


def strobes(period: int, ticks: int) -> np.ndarray:
    """Return the ticks after which the strobe of a periodic leak is up."""
    none = np.zeros(ticks, bool)
    return LeakModel(LeakParams()).run(np.full(ticks, period), none, none)[0]


def decay(leak: int) -> tuple[np.ndarray, np.ndarray]:
    """Return ticks since the first period began, and the potential after each leak."""
    begin = 20 * START
    leaks = strobes(PERIOD, PERIOD * (START + 5))
    run = leaky(1, leak, 20 * np.arange(START), begin + leaks)
    assert run.history is not None
    return leaks, run.history[START:, 0].astype(int)


def rates() -> list[tuple[int, float, float, float]]:
    """Return excitation period, excitation, and rates by theory and as run, per 1000 ticks."""
    threshold, leaks = NeuronParams().threshold, 5 + strobes(LEAK_PERIOD, TICKS)
    found = []
    for every in (25, 30, 40, 50, 70, 100, 140, 180, 220, 233, 240, 260, 300, 400):
        excitation = EXCITATION / every
        theory = max(0.0, excitation - LEAK / LEAK_PERIOD) / threshold
        run = leaky(EXCITATION, LEAK, np.arange(0, TICKS, every), leaks)
        found.append((every, 1e3 * excitation, 1e3 * theory, 1e3 * run.tick.size / TICKS))
    return found


def write(folder: Path) -> str:
    """Write ``decay.csv``, ``rate.csv`` and ``leak.png`` into `folder`; return the table."""
    falls = {leak: decay(leak) for leak in WEIGHTS}
    rows = [
        (leak, tick, potential, max(0, START - leak * count))
        for leak, (ticks, potentials) in falls.items()
        for count, (tick, potential) in enumerate(zip(ticks, potentials, strict=True), start=1)
    ]
    found = rates()
    folder.mkdir(parents=True, exist_ok=True)
    save(folder / "decay.csv", ("leak", "tick", "potential", "theory"), rows)
    headings = ("excitation_period", "excitation", "theory", "spikes")
    save(folder / "rate.csv", (headings[0], *(f"{name}_per_1000" for name in headings[1:])), found)
    draw(folder / "leak.png", falls, found)
    wrong = sum(potential != theory for *_, potential, theory in rows)
    lines = [
        f"Decay: {len(rows)} potentials after a leak, {wrong} differ from max(0, p - n w)", "",
        f"Rate, leak {LEAK} every {LEAK_PERIOD} ticks; all per 1000 ticks",
        f"  {'excitation':>10}{'(e - leak) / 64':>18}{'spikes':>9}",
        *(f"  {e:>10.2f}{theory:>18.3f}{spikes:>9.3f}" for _, e, theory, spikes in found),
    ]  # fmt: skip
    return "\n".join(lines)


def save(path: Path, headings: tuple[str, ...], rows: list) -> None:
    """Write rows under their headings."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([headings, *rows])
    write_atomically(path, lambda file: file.write(text.getvalue().encode()))


def draw(path: Path, falls: dict, found: list) -> None:
    """Draw decay and rate, theory as lines, runs as steps and dots."""
    figure = new_figure(11, 4.2)
    left, right = figure.subplots(1, 2)
    for color, (leak, (ticks, potentials)) in zip(
        ("#3b7dd8", "#2a9d8f", "#d8703b"), falls.items(), strict=True
    ):
        steps = np.concatenate([[START], potentials])
        left.step([0, *ticks], steps, where="post", color=color, label=f"leak {leak}")
        line = np.maximum(0, START - leak * np.array([0, *ticks]) / PERIOD)
        left.plot([0, *ticks], line, color=color, ls="--", lw=0.8)
    left.set(xlabel="tick", ylabel="potential", title=f"A leak every {PERIOD} ticks")
    left.legend()
    _, excitation, theory, spikes = np.array(found).T
    right.plot(excitation, theory, color="#5b6b7b", label="(excitation - leak) / 64, or 0")
    right.plot(excitation, spikes, "o", color="#d8703b", ms=4, label="golden model")
    right.axvline(1e3 * LEAK / LEAK_PERIOD, color="black", lw=0.8, ls="--", label="leak")
    right.set(
        xlabel="excitation per 1000 ticks", ylabel="spikes per 1000 ticks",
        title=f"A leak of {LEAK} every {LEAK_PERIOD} ticks",
    )  # fmt: skip
    right.legend()
    save_chart(path, figure)

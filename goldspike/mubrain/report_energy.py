"""Energy of real runs by the paper's measures: ``goldspike report mubrain-energy``.

Spikes are counted in runs of the golden models: digits on the feed-forward network, and digits on
the chip of section 3.1. Beside them stands the paper's own mean image.
"""

import csv
import io
from pathlib import Path

import numpy as np

from goldspike.charts import new_figure, save_chart
from goldspike.model.files import write_atomically
from goldspike.model.mubrain.chip import MUBRAIN_40NM, MUBRAIN_MNIST, ChipModel, ChipParams
from goldspike.model.paths import ROOT
from goldspike.model.timebase import seconds
from goldspike.mubrain.energy import (
    PAPER_NJ,
    PAPER_RADAR_NJ,
    PAPER_SECONDS,
    PAPER_SPIKES,
    SPLITS,
    energy,
)
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.mubrain.encoding import EncodingParams, encode
from goldspike.workloads.mubrain.reservoir import load_reservoir
from goldspike.workloads.network import load_network, pad_network

__all__ = ["write"]

SAMPLES = 50
HEADINGS = ("run", "input_spikes", "spikes", "ms", "26_pJ_per_spike_nJ")


def mean_run(params: ChipParams, weights: list[np.ndarray]) -> tuple[float, float, float]:
    """Return input spikes, all spikes and seconds of a mean digit; biases are silent."""
    model, coding = ChipModel(params, weights), EncodingParams()
    found = []
    for k, image in enumerate(prepare(digits("test").x[:SAMPLES])):
        run = model.run(*encode(image, coding, k))
        spikes = run.edges + sum(layer.tick.size for layer in run.layers)
        found.append((run.edges, spikes, seconds(run.ticks, coding.tick_ns)))
    launched, spikes, lasted = np.mean(found, axis=0)
    return float(launched), float(spikes), float(lasted)


def runs() -> dict[str, tuple[float, float, float]]:
    """Return input spikes, all spikes and seconds of a mean sample, by run."""
    network = pad_network(load_network(ROOT / "nets" / "digits.npz"), MUBRAIN_MNIST.sizes)
    return {
        "paper, MNIST image": (6_400, PAPER_SPIKES, PAPER_SECONDS),
        "digits, 256-64-10": mean_run(MUBRAIN_MNIST, list(network.weights)),
        "digits, 40 nm chip, reservoir": mean_run(
            MUBRAIN_40NM, load_reservoir(ROOT / "nets" / "mubrain_40nm.npz", MUBRAIN_40NM)
        ),
    }


def write(folder: Path) -> str:
    """Write ``energy.csv`` and ``energy.png`` into `folder`; return the table."""
    splits = [f"{name}_{part}_nJ" for name in SPLITS for part in ("static", "dynamic")]
    rows: list[list[str]] = []
    for name, (launched, spikes, lasted) in runs().items():
        found = energy(spikes, lasted)
        parts = [
            found["splits"][split][f"{part}_nJ"]
            for split in SPLITS
            for part in ("static", "dynamic")
        ]
        values = (launched, spikes, 1e3 * lasted, found["nJ_per_sample"], *parts)
        rows.append([name, *(f"{value:.3f}" for value in values)])
    table = [[*HEADINGS, *splits], *rows]
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    write_atomically(folder / "energy.csv", lambda file: file.write(text.getvalue().encode()))
    draw(folder / "energy.png", rows)
    return described(rows)


def described(rows: list[list[str]]) -> str:
    """Return the table for the screen."""
    lines = ["Energy per sample, in nJ; spikes counted in the golden models", ""]
    lines.append(
        f"  {'run':<37}{'input':>8}{'spikes':>8}{'ms':>7}{'26 pJ':>8}"
        f"{'text: static + dynamic':>25}{'footnote: static + dynamic':>29}"
    )
    for name, *values in rows:
        launched, spikes, lasted, total, *parts = map(float, values)
        text, footnote = (
            f"{sum(pair):.0f} = {pair[0]:.0f} + {pair[1]:.0f}" for pair in (parts[:2], parts[2:])
        )
        lines.append(
            f"  {name:<37}{launched:>8.0f}{spikes:>8.0f}{lasted:>7.2f}{total:>8.0f}"
            f"{text:>25}{footnote:>29}"
        )
    lines += ["", *(f"  {name}: {split.source}" for name, split in SPLITS.items())]
    lines.append(
        f"  The paper's measurements: {PAPER_NJ:.0f} nJ per MNIST image, {PAPER_RADAR_NJ:.0f} nJ "
        "per radar gesture. Text and footnote"
    )
    lines.append("  contradict each other, in the static share and in the sum.")
    lines.append(
        "  Spikes and times are derived, from our runs; picojoules and shares are calibrated: they "
        "are the paper's."
    )
    return "\n".join(lines)


def draw(path: Path, rows: list[list[str]]) -> None:
    """Draw static and dynamic energy of every run by both readings, beside 26 pJ per spike."""
    figure = new_figure(10, 4.5)
    axes = figure.add_subplot()
    place = np.arange(len(rows))
    values = np.array([[float(value) for value in row[4:]] for row in rows])
    axes.bar(place - 0.27, values[:, 0], 0.25, color="#5b6b7b", label="26 pJ per spike")
    for k, name in enumerate(SPLITS):
        static, dynamic = values[:, 1 + 2 * k], values[:, 2 + 2 * k]
        color = ("#3b7dd8", "#d8703b")[k]
        axes.bar(place + 0.27 * k, static, 0.25, color=color, label=f"{name}, static")
        axes.bar(
            place + 0.27 * k, dynamic, 0.25, static, color=color, alpha=0.45,
            label=f"{name}, dynamic",
        )  # fmt: skip
    for level, said in ((PAPER_NJ, "MNIST"), (PAPER_RADAR_NJ, "radar")):
        axes.axhline(level, color="black", lw=0.8, ls="--")
        axes.annotate(
            f"measured, {said}: {level:.0f} nJ", (1, level), xycoords=("axes fraction", "data"),
            ha="right", va="bottom", fontsize=8,
        )  # fmt: skip
    axes.set_xticks(place, [row[0] for row in rows])
    axes.set_ylabel("energy per sample (nJ)")
    axes.set_title("µBrain's energy as the paper's text and its footnote split it")
    axes.legend(fontsize=8, ncols=3, loc="upper center")
    axes.set_xlim(-0.5, len(rows) + 0.1)  # room for the lines' names
    axes.set_ylim(0, 1.35 * max(PAPER_RADAR_NJ, values[:, 0].max()))
    save_chart(path, figure)

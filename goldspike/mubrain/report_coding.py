"""``goldspike report mubrain-coding``: what the rates of the input coding do to the answers.

Stuijt 2021, section 3.2, maps grey to "[100, 655 kHz]". Whichever unit the 100 has, the brightest
pixels are asked for more than an arbiter of 100 ns can serve, so spikes merge; the report shows how
many, and what is left of the accuracy, on the way there.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from goldspike.charts import COLOURS, new_figure, save_chart, text_table, write_csv
from goldspike.model.mubrain.chip import MUBRAIN_MNIST
from goldspike.model.mubrain.readout import READ_OUTS
from goldspike.model.paths import ROOT
from goldspike.model.timebase import seconds
from goldspike.mubrain.chip import MuBrain
from goldspike.mubrain.engine import ModelEngine, SampleResult
from goldspike.progress import progress
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.mubrain.encoding import CodingPhase, EncodingParams, encode
from goldspike.workloads.network import load_network, pad_network

__all__ = ["PAPER", "SAMPLES", "measure", "write"]

PAPER = EncodingParams(rate_min=100.0, rate_max=655e3)
"""The nominal range of section 3.2, its 100 read as 100 Hz (100 kHz would ask for still more)."""

RATES = (5e3, 10e3, 20e3, 50e3, 100e3, 200e3, 400e3)
SAMPLES = 200
HEAD = (
    "coding", "rate_max_kHz", "window_ms", "phase", "events_per_s", "events", "merged_percent",
    "hidden_merged", "output_merged", "shortest_isi_percent", "count_percent",
)  # fmt: skip


def codings() -> list[tuple[str, EncodingParams]]:
    """Return what is measured: rates at one window, rates at one number of spikes, phases."""
    usual = EncodingParams()
    rows = [("4.2 ms", replace(usual, rate_max=rate)) for rate in RATES]
    rows.append(("4.2 ms, paper's nominal", PAPER))
    for rate in (*RATES, PAPER.rate_max):
        ratio = usual.rate_max / rate
        window = round(usual.window * ratio)
        shorter = replace(usual, rate_min=usual.rate_min / ratio, rate_max=rate, window=window)
        rows.append(("as many spikes", shorter))
    rows += [(f"phase {phase.value}", replace(usual, phase=phase)) for phase in CodingPhase]
    return rows


def measure(coding: EncodingParams, samples: int = SAMPLES) -> tuple[object, ...]:
    """Run digits with a coding; return the columns of :data:`HEAD` after the first."""
    network = pad_network(load_network(ROOT / MuBrain.default_net), MUBRAIN_MNIST.sizes)
    data = digits("test")
    x, y = prepare(data.x[:samples]), data.y[:samples]
    engine = ModelEngine(MUBRAIN_MNIST, list(network.weights))
    results = [engine.run(*encode(image, coding, k)) for k, image in enumerate(x)]
    events = total(results, "input", "spikes")
    answers = {name: np.array([r.answers[name] for r in results]) for name in READ_OUTS}
    right = [f"{100 * np.mean(answers[name] == y):.1f}" for name in ("shortest_isi", "count")]
    return (
        f"{coding.rate_max / 1e3:g}",
        f"{1e3 * seconds(coding.window):.3g}",
        CodingPhase(coding.phase).value,
        f"{events / len(y) / seconds(coding.window):.3g}",
        f"{events / len(y):.0f}",
        f"{100 * total(results, 'layer1', 'merged') / events:.2f}",
        *(f"{total(results, part, 'merged') / len(y):.2f}" for part in ("layer2", "output")),
        *right,
    )


def total(results: list[SampleResult], part: str, key: str) -> int:
    """Return a count over all samples."""
    return sum(result.counts[part][key] for result in results)


def write(folder: Path) -> str:
    """Write ``coding.csv`` and ``coding.png``; return the table."""
    rows = [
        (name, *measure(coding))
        for name, coding in progress(codings(), "mubrain-coding", len(codings()))
    ]
    write_csv(folder / "coding.csv", HEAD, rows)
    draw(rows, folder / "coding.png")
    note = f"digits.npz network, the first {SAMPLES} test digits, golden model"
    return f"{note}\n\n{text_table(HEAD, rows)}"


def draw(rows: list[tuple], path: Path) -> None:
    """Draw accuracy and merged spikes over the highest rate."""
    figure = new_figure(10, 4)
    figure.suptitle(
        "input coding of µBrain: the highest rate (dotted: the paper's nominal 655 kHz)"
    )
    groups = {"window of 4.2 ms": "4.2 ms", "as many spikes, shorter window": "as many"}
    for place, (what, column) in enumerate(
        (("accuracy by shortest interval in %", 9), ("input spikes merged in %", 6)), start=1
    ):
        axes = figure.add_subplot(1, 2, place)
        for colour, (label, prefix) in zip(COLOURS, groups.items(), strict=False):
            part = [row for row in rows if row[0].startswith(prefix)]
            x, values = ([float(row[k]) for row in part] for k in (1, column))
            axes.semilogx(x, values, "o-", color=colour, label=label)
        axes.axvline(PAPER.rate_max / 1e3, color="black", linestyle=":")
        axes.set(xlabel="rate of grey 255 in kHz", ylabel=what, ylim=(-2, 102))
        axes.grid(alpha=0.3)
        axes.legend()
    save_chart(path, figure)

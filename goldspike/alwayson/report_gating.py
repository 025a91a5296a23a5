"""``goldspike report alwayson-gating``: what gating saves, published and ours; Fig. 4B.

Ref: Chundi 2021, "Neuron Block" and Fig. 4.
"""

import csv
import io
from pathlib import Path

import numpy as np

from goldspike.alwayson.energy import (
    BOTH,
    CLOCK_GATING,
    ENERGY_MODEL,
    NONE,
    TICK_MS,
    activity,
    break_even,
    saving,
)
from goldspike.charts import new_figure, save_chart
from goldspike.model.alwayson.neuron_block import (
    NeuronBlockModel,
    NeuronBlockParams,
    Responder,
    spikes,
)
from goldspike.model.files import write_atomically

__all__ = ["measured", "published", "write"]

GAPS_MS = (0.5, 1.3, 4.0, 20.0)
NEURONS, SECONDS, SEED = 16, 2.0, 1


def published() -> list[tuple[str, float, float, str]]:
    """Return (what, published, ours, where ours is from).

    The three lines of Fig. 4B were fitted to the first three and the last two numbers, which are
    therefore ``calibrated``; only the fourth is ``derived`` from others.
    """
    fitted = "calibrated"
    rest = 100 * (1 - BOTH.power / CLOCK_GATING.power)
    return [
        ("power asleep without gating, nW", 1.16, NONE.power, fitted),
        ("saved by clock gating, %", 74.6, 100 * (1 - CLOCK_GATING.power / NONE.power), fitted),
        ("saved of the rest by power gating, %", 17.68, rest, fitted),
        ("saving without spikes", 4.8, NONE.power / BOTH.power, "derived from those three"),
        ("saving at 4 ms of sleep", 4.35, saving(4.0), fitted),
        ("break-even of power gating, ms", 1.3, break_even(CLOCK_GATING, BOTH), fitted),
    ]


def measured(gap_ms: float) -> dict[str, float]:
    """Return what a block of hidden neurons did at a mean gap between spikes, per neuron."""
    rng = np.random.default_rng(SEED)
    ticks = round(SECONDS * 1e3 / TICK_MS)
    per_neuron = [
        np.cumsum(2 + rng.exponential(gap_ms / TICK_MS, round(2 * SECONDS * 1e3 / gap_ms)))
        for _ in range(NEURONS)
    ]
    found = []
    for neuron, times in enumerate(per_neuron):
        tick = times[times < ticks - 200].astype(np.int64)
        line = (rng.random(tick.size) < 0.4).astype(int)
        found.append(spikes(tick, np.full(tick.size, neuron), line))
    params = NeuronBlockParams(neurons=NEURONS)
    model = NeuronBlockModel(params)
    answer = Responder(rng.integers(4, 24, 61), rng.integers(4, 12, 67))
    run = model.run(np.concatenate(found), responder=answer)
    means = {
        name: float(values.mean())
        for name, values in activity(run.counts, ticks, model.clock.period).items()
    }
    means["spikes"] = float(run.counts["spikes"].mean())
    means["lost"] = float(run.counts["lost"].mean())
    means["clock_ms"] = run.clock_ticks * TICK_MS
    return means


def write(folder: Path) -> str:
    """Write the tables as CSV and Fig. 4B as PNG into `folder`; return the tables."""
    rows = published()
    runs = {gap: measured(gap) for gap in GAPS_MS}
    columns = ["spikes", "lost", "awake_ms", "clocked_ms", "powered_ms", "asleep_ms", "sleeps"]
    columns.append("clock_ms")  # of the block
    lines = ["Gating of a hidden neuron (Chundi 2021, Neuron Block and Fig. 4)", ""]
    lines.append(f"{'':38}{'published':>10}{'ours':>10}  ours is")
    lines += [
        f"{what:38}{theirs:10.2f}{ours:10.2f}  {source}" for what, theirs, ours, source in rows
    ]
    lines += ["", f"Counted per neuron in {SECONDS:g} s, {NEURONS} neurons, 70 kHz; energy asleep:"]
    lines += [f"{ENERGY_MODEL}; clock_ms: the block's generator"]
    lines.append(
        f"{'gap, ms':>8}" + "".join(f"{name:>12}" for name in columns) + f"{'pJ':>9}{'saving':>8}"
    )
    for gap, run in runs.items():
        cells = "".join(f"{run[name]:12.1f}" for name in columns)
        lines.append(f"{gap:8.1f}{cells}{run['both']:9.1f}{run['none'] / run['both']:8.2f}")
    table(folder / "published.csv", ["what", "published", "ours", "ours_is"], rows)
    names = list(next(iter(runs.values())))
    table(folder / "activity.csv", ["gap_ms", *names], [(g, *r.values()) for g, r in runs.items()])
    draw(folder / "fig4b.png")
    return "\n".join(lines)


def table(path: Path, head: list[str], rows: list[tuple]) -> None:
    """Write a CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    write_atomically(path, lambda stream: stream.write(text.getvalue().encode()))


def draw(path: Path) -> None:
    """Draw Fig. 4B: energy over the length of a sleep."""
    figure = new_figure(7, 4.5)
    axes = figure.add_subplot()
    time = np.linspace(0, 5, 200)
    for name, line in (
        ("none", NONE), ("clock gating", CLOCK_GATING), ("clock and power gating", BOTH)
    ):  # fmt: skip
        axes.plot(time, line.transition + line.power * time, label=name)
    even = break_even(CLOCK_GATING, BOTH)
    axes.axvline(even, color="grey", linewidth=0.8, linestyle=":")
    axes.annotate(f"{even:.2f} ms", (even, 0.1), xytext=(4, 0), textcoords="offset points")
    axes.annotate(f"{saving(4):.2f}x at 4 ms", (4, BOTH.energy(4)), xytext=(-30, 60),
                  textcoords="offset points", arrowprops={"arrowstyle": "-"})  # fmt: skip
    axes.set(xlabel="sleep, ms", ylabel="energy, pJ", title="Hidden neuron asleep (Fig. 4B)")
    axes.legend(frameon=False)
    save_chart(path, figure)

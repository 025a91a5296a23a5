"""``goldspike report alwayson-requests``: requests needed and served, Eq. 1 and 2.

Ref: Chundi 2021, "Synapse Block". Eq. 1: a layer makes ``N_spk N_nn / TH`` requests in a frame,
with `N_spk` spikes into each of its `N_nn` neurons. Eq. 2: its arbiter serves ``f T / N_cyc`` of
them. `N_cyc` is not published. Three cycles are the least that St0, St1 and St2 allow; what the
handshake takes is measured on the golden core with requests waiting all the time.

An input neuron makes a request of every spike, so that for the input core Eq. 2 is also the number
of spikes that a frame can bring.
"""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from goldspike.charts import COLOURS, new_figure, save_chart, text_table, write_csv
from goldspike.model.alwayson.chip import ChipParams
from goldspike.model.alwayson.core import cycles_per_request

__all__ = ["LEAST", "MNIST", "TASKS", "Task", "cycles", "lowest_khz", "needed", "served", "write"]

LEAST = 3
"""Cycles that a request takes at least."""
CLOCK_KHZ = 17.0
"""Of the synapse blocks (Results)."""
NEURONS = 128
CLOCKS = ((1, 4), (17, 70), (3, 7), (1, 16), (4, 4), (1, 1), (31, 67), (7, 3))
"""Ticks of the low and the high phase: of the neurons' clock, of the synapse block's."""


class Task(NamedTuple):
    """An operating point of the paper: spikes into a neuron per frame at most, and thresholds."""

    name: str
    spikes: int
    frame_ms: float
    thresholds: tuple[int, ...]


MNIST = Task("MNIST, 8 bits", 255, 500.0, (32, 16, 14))
TASKS = (MNIST, Task("keywords, 6 bits", 63, 80.0, (28, 18, 10)))


def needed(spikes: float, threshold: int, neurons: int = NEURONS) -> float:
    """Return the requests of a layer in a frame, by Eq. 1."""
    return spikes * neurons / threshold


def served(khz: float, frame_ms: float, each: float = LEAST) -> float:
    """Return the requests that an arbiter serves in a frame, by Eq. 2; `each` is N_cyc."""
    return khz * frame_ms / each


def lowest_khz(task: Task, threshold: int, each: float = LEAST) -> float:
    """Return the clock from which on nothing starves, by both."""
    return needed(task.spikes, threshold) * each / task.frame_ms


def cycles(neuron_clock: int, synapse_clock: int, *, hidden: bool) -> float:
    """Return N_cyc as the handshake takes it, with 16 neurons that ask all the time."""
    params = ChipParams(
        layers=(16, 16, 1), thresholds=(1, 1), neuron_clock=neuron_clock,
        synapse_clock=synapse_clock,
    )  # fmt: skip
    core = params.cores[int(hidden)]
    return cycles_per_request(replace(core, synapses=replace(core.synapses, columns=1)))


def write(folder: Path) -> str:
    """Write ``requests.csv``, ``cycles.csv`` and a chart; return the tables."""
    measured = {clocks: [cycles(*clocks, hidden=h) for h in (False, True)] for clocks in CLOCKS}
    ours = measured[CLOCKS[0]][1]
    rows = []
    for task in TASKS:
        ceiling = f"{served(CLOCK_KHZ, task.frame_ms):.0f}"
        rows.append((task.name, "input", 1, "", ceiling, "", ""))
        for k, threshold in enumerate(task.thresholds, start=1):
            clocks = (f"{lowest_khz(task, threshold, each):.2f}" for each in (LEAST, ours))
            wanted = f"{needed(task.spikes, threshold):.0f}"
            rows.append((task.name, f"hidden{k}", threshold, wanted, ceiling, *clocks))
    head = (
        "task", "core", "threshold", "needed", "served at 17 kHz", "kHz, N_cyc = 3",
        f"kHz, N_cyc measured, {ours:.2f}",
    )  # fmt: skip
    write_csv(folder / "requests.csv", head, rows)
    ratios = [
        (f"{2 * a}:{2 * b}", *(f"{value:.2f}" for value in found))
        for (a, b), found in measured.items()
    ]
    of_ratios = ("periods, neuron:synapse", "N_cyc, input core", "N_cyc, hidden core")
    write_csv(folder / "cycles.csv", of_ratios, ratios)
    draw(folder / "requests.png", ours)
    return "\n".join(
        (
            "Requests of a frame, needed (Eq. 1) and served (Eq. 2), and the lowest clock that",
            "serves all of them (Chundi 2021); an input core needs one per spike", "",
            text_table(head, rows), "",
            "N_cyc is not published; what our handshake takes, by the periods of the two clocks in",
            "ticks (2:8 is the default, 34:140 exactly 70 to 17 kHz):", "",
            text_table(of_ratios, ratios),
        )
    )  # fmt: skip


def draw(path: Path, measured: float) -> None:
    """Draw the lowest clock over the threshold."""
    figure = new_figure(7, 4.5)
    axes = figure.add_subplot()
    thresholds = range(4, 65)
    for task, colour in zip(TASKS, COLOURS, strict=False):
        for each, style in ((LEAST, "-"), (measured, ":")):
            clocks = [lowest_khz(task, threshold, each) for threshold in thresholds]
            label = f"{task.name}, N_cyc = {each:.3g}"
            axes.plot(thresholds, clocks, style, color=colour, label=label)
        points = [lowest_khz(task, threshold) for threshold in task.thresholds]
        axes.plot(task.thresholds, points, "o", color=colour)
    axes.axhline(CLOCK_KHZ, color="grey", linewidth=0.8)
    axes.set(xlabel="threshold", ylabel="lowest synapse clock, kHz", ylim=(0, 60),
             title="Requests served and needed (Eq. 1 and 2)")  # fmt: skip
    axes.legend(frameon=False)
    save_chart(path, figure)

"""``goldspike report alwayson-starvation``: where requests starve; Fig. 7A and 7B.

Ref: Chundi 2021, "Synapse Block" and Fig. 7. Published from RTL and Python simulations of MNIST at
8-bit rates: a boundary between starving and not over threshold and synapse clock (no numbers), and
accuracy and dropped requests over the threshold of the first hidden layer, the others at 16 and 8:
accuracy falls below a threshold of about 5, where requests are dropped, and above about 40.

Here from the tick-accurate model, with the digits that ship:

- Fig. 7A: the slowest clock at which the first hidden core drops nothing in any sample, threshold
  by threshold. Twice: with this clock in the input core's block, too, which then starves first and
  lets only so many spikes through; and with the fastest one there, as its scan chain allows, which
  lets all of them through. Beside it Eq. 1 and 2 with three cycles, and 255 spikes into every
  neuron, the most that 8 bits allow. They speak of a frame's mean; neurons that fire at once wait
  for each other however few they are.
- Fig. 7B: at both operating points. At `paper` the input core drops spikes, whatever the thresholds
  behind it; those are counted apart.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from goldspike.alwayson.chip import AlwaysOn
from goldspike.alwayson.engine import Result, total
from goldspike.alwayson.loaded import LoadedNetwork
from goldspike.alwayson.report_requests import MNIST, lowest_khz
from goldspike.charts import COLOURS, new_figure, save_chart, text_table, write_csv
from goldspike.model.alwayson.chip import ChipModel
from goldspike.progress import progress
from goldspike.simulation import net_path
from goldspike.workloads.dataset import digits

__all__ = ["FASTEST", "Point", "boundary", "measure", "write"]

BOUNDARY = (4, 8, 16, 24, 32, 48, 64)
FIRST = (1, 2, 3, 5, 8, 12, 16, 24, 32, 48, 64)
SECOND, THIRD = 16, 8
FASTEST, SLOWEST = 1, 32
"""Ticks of either phase of a synapse block's clock."""
OF_7A, OF_7B = 20, 100
"""Samples."""
KHZ = 70.0
"""A clock of one tick per phase."""


class Clocked(ChipModel):
    """A chip with the fastest clock in the input core's synapse block."""

    def numbers(self, k: int) -> np.ndarray:
        """Return what compiled code knows of core `k`."""
        if k:
            return super().numbers(k)
        params = replace(self.params, synapse_clock=FASTEST)
        return ChipModel(params, self.weights, self.thresholds).numbers(k)


class Point(NamedTuple):
    """What a threshold of the first hidden layer comes to, per sample."""

    accuracy: float
    input_dropped: float
    hidden_dropped: float


def loaded(config: str, *settings: str) -> LoadedNetwork:
    """Return the network that ships on a chip with some settings."""
    chip = AlwaysOn()
    return chip.load(net_path(chip, None), chip.choose(config, settings))


def run(network: LoadedNetwork, samples: int) -> tuple[Result, np.ndarray]:
    """Run the first test digits; return what they did, and their labels."""
    data = digits("test")
    parts = network.start("model").run(network.inputs(data), 0, samples)
    return total(list(parts)), data.y[:samples]


def starves(threshold: int, clock: int, samples: int, *, fast: bool) -> bool:
    """Return whether the first hidden core drops a request in any sample.

    Parameters
    ----------
    threshold : int
        Of its neurons.
    clock : int
        Of the synapse blocks, in ticks per phase.
    samples : int
    fast : bool
        The input core's block has the fastest clock.
    """
    thresholds = f"thresholds=1,{threshold},{SECOND},{THIRD}"
    network = loaded("paper", thresholds, f"synapse_clock={clock}")
    if fast:
        network.model = Clocked(network.params, network.net.weights)
    result, _ = run(network, samples)
    return bool(result.count("dropped")[:, 1].any())


def boundary(threshold: int, samples: int = OF_7A, *, fast: bool) -> int:
    """Return the slowest clock that does not starve, in ticks per phase; 0 if all of them do."""
    good, bad = FASTEST - 1, SLOWEST + 1
    while bad - good > 1:
        middle = (good + bad) // 2
        if starves(threshold, middle, samples, fast=fast):
            bad = middle
        else:
            good = middle
    return good


def said(clock: int) -> str:
    """Return a boundary in kHz."""
    if not clock:
        return f"above {KHZ:g}"
    return f"{KHZ / clock:.1f}" if clock < SLOWEST else f"below {KHZ / clock:.1f}"


def measure(config: str, threshold: int, samples: int = OF_7B) -> Point:
    """Return accuracy and dropped requests with a threshold of the first hidden layer."""
    network = loaded(config, f"thresholds=1,{threshold},{SECOND},{THIRD}")
    result, labels = run(network, samples)
    dropped = result.count("dropped").mean(axis=0)
    right = np.mean(result.potentials.argmax(axis=1) == labels)
    return Point(float(right), float(dropped[0]), float(dropped[1:].sum()))


def write(folder: Path) -> str:
    """Write ``boundary.csv``, ``thresholds.csv``, Fig. 7A and 7B; return the tables."""
    clocks = [
        [boundary(threshold, fast=fast) for fast in (False, True)]
        for threshold in progress(BOUNDARY, "alwayson-starvation, Fig. 7A", len(BOUNDARY))
    ]
    edges = [
        (threshold, *map(said, both), f"{lowest_khz(MNIST, threshold):.1f}")
        for threshold, both in zip(BOUNDARY, clocks, strict=True)
    ]
    of_edges = ("threshold", "lowest kHz", "with a fast input core", "by Eq. 1 and 2")
    write_csv(folder / "boundary.csv", of_edges, edges)
    points = [(config, threshold) for config in AlwaysOn.configurations for threshold in FIRST]
    found = {
        point: measure(*point)
        for point in progress(points, "alwayson-starvation, Fig. 7B", len(points))
    }
    rows = [
        (config, threshold, f"{100 * point.accuracy:.2f}", f"{point.input_dropped:.1f}",
         f"{point.hidden_dropped:.2f}")
        for (config, threshold), point in found.items()
    ]  # fmt: skip
    head = ("operating point", "threshold", "accuracy %", "dropped, input", "dropped, hidden")
    write_csv(folder / "thresholds.csv", head, rows)
    draw_boundary(clocks, folder / "fig7a.png")
    draw_thresholds(found, folder / "fig7b.png")
    return "\n".join(
        (
            f"Starvation of the first hidden core (Chundi 2021, Fig. 7A): {OF_7A} digits, 8-bit "
            "rates, 0.5 s", "", text_table(of_edges, edges), "",
            f"Accuracy and dropped requests per sample (Fig. 7B): {OF_7B} digits, thresholds "
            f"1, .., {SECOND}, {THIRD}", "", text_table(head, rows),
        )
    )  # fmt: skip


def draw_boundary(clocks: Sequence[Sequence[int]], path: Path) -> None:
    """Draw Fig. 7A; a threshold at which every clock starves has no point."""
    figure = new_figure(6, 4)
    axes = figure.add_subplot()
    names = ("one clock for all blocks", "fastest clock in the input core")
    for way, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        points = [(t, KHZ / own[way]) for t, own in zip(BOUNDARY, clocks, strict=True) if own[way]]
        axes.plot(
            [t for t, _ in points], [khz for _, khz in points], "o-", color=colour, label=name
        )
    every = range(BOUNDARY[0], BOUNDARY[-1] + 1)
    axes.plot(every, [lowest_khz(MNIST, t) for t in every], ":", color="grey",
              label="Eq. 1 and 2, 255 spikes, 3 cycles")  # fmt: skip
    axes.plot(
        MNIST.thresholds[0], 17, "*", color=COLOURS[3], markersize=12, label="published point"
    )
    axes.set(xlabel="threshold of the first hidden layer", ylabel="synapse clock, kHz",
             ylim=(0, KHZ), title="Starving below the line (Fig. 7A)")  # fmt: skip
    axes.legend(frameon=False)
    save_chart(path, figure)


def draw_thresholds(found: dict[tuple[str, int], Point], path: Path) -> None:
    """Draw Fig. 7B: accuracy and dropped requests over the first threshold."""
    figure = new_figure(10, 4)
    for axes, config in zip(figure.subplots(1, 2), AlwaysOn.configurations, strict=True):
        points = [found[config, threshold] for threshold in FIRST]
        axes.plot(FIRST, [100 * p.accuracy for p in points], "o-", color=COLOURS[0])
        axes.set(xlabel="threshold of the first hidden layer", title=config, ylim=(0, 102))
        axes.set_ylabel("accuracy, %", color=COLOURS[0])
        beside = axes.twinx()
        for k, name in enumerate(("input", "hidden"), start=1):
            values = [getattr(p, f"{name}_dropped") for p in points]
            beside.plot(FIRST, values, "s--", color=COLOURS[k], label=f"dropped, {name}")
        beside.set_ylabel("requests per sample")
        beside.legend(frameon=False, loc="center right")
    figure.suptitle("Accuracy and dropped requests (Fig. 7B)")
    save_chart(path, figure)

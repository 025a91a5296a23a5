"""``goldspike report alwayson-energy``: activity and power over the rate of the input; Fig. 10B.

Ref: Chundi 2021, Results and Fig. 10B: 75 nW without input, 220 nW at full input rate, linear in
between; "Neuron Block": about 4 ms between two spikes of a neuron at the maximum rate, where gating
saves 4.35x, and 4.8x without spikes.

The digits that ship at the operating point `lossless`, each of their spikes sent with a chance: the
rate. How long every block sleeps, has power and is clocked is counted by the tick-accurate model;
what that costs is :mod:`goldspike.alwayson.energy`'s, which says why the neurons' figures and the
chip's contradict each other. They are held against each other as multiples of the power at rest.
"""

from pathlib import Path
from typing import Any

import numpy as np

from goldspike.alwayson.chip import AlwaysOn
from goldspike.alwayson.energy import (
    FULL_NW,
    NEURON_MODEL,
    NONE,
    REST_NW,
    TICK_MS,
    chip_nw,
)
from goldspike.alwayson.engine import Encode, Events, GoldenEngine, total
from goldspike.alwayson.summary import block_names, counts, energy
from goldspike.charts import COLOURS, new_figure, save_chart, text_table, write_csv
from goldspike.progress import progress
from goldspike.simulation import net_path
from goldspike.workloads.dataset import digits

__all__ = ["RATES", "measure", "thinned", "write"]

RATES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
SAMPLES, SEED = 50, 1


def thinned(encode: Encode, rate: float) -> Encode:
    """Return a coding that sends every spike with a chance of `rate`."""

    def fewer(images: np.ndarray, first: int) -> Events:
        tick, address, bounds = encode(images, first)
        sent = np.random.default_rng((SEED, first)).random(tick.size) < rate
        before = np.concatenate([[0], np.cumsum(sent)])
        return Events(tick[sent], address[sent], before[bounds])

    return fewer


def measure(rate: float, samples: int = SAMPLES) -> dict[str, Any]:
    """Return the energy report at a rate, with ``sleep_ms``, a hidden neuron's mean sleep."""
    chip, data = AlwaysOn(), digits("test")
    network = chip.load(net_path(chip, None), chip.choose("lossless"))
    frame, params = network.coding.frame, network.params
    engine = GoldenEngine(network.model, thinned(network.encode, rate), frame)
    result = total(list(engine.run(network.inputs(data), 0, samples)))
    found = energy(result, params, frame)
    hidden = block_names(len(params.layers))[1:-1]
    counted = counts(result, params)
    sleeps = sum(counted[name]["power_ups"] for name in hidden)
    powered = sum(counted[name]["powered_ticks"] for name in hidden) * TICK_MS
    whole = found["ms_per_sample"] * samples * sum(params.layers[1:-1])
    neurons = sum(params.layers)
    return {
        **found,
        "sleep_ms": (whole - powered) / sleeps if sleeps else np.inf,
        "ungated_nW": NONE.power * neurons,
    }


def write(folder: Path) -> str:
    """Write ``rates.csv``, ``blocks.csv`` and charts; return the tables."""
    found = {rate: measure(rate) for rate in progress(RATES, "alwayson-energy", len(RATES))}
    rest = found[RATES[0]]["nW"]
    rows = [
        (
            f"{100 * rate:.0f}", f"{one['nW']:.1f}", f"{one['nW'] / rest:.2f}",
            f"{chip_nw(rate):.1f}", f"{chip_nw(rate) / REST_NW:.2f}",
            f"{one['ungated_nW'] / one['nW']:.2f}", f"{one['sleep_ms']:.1f}",
        )
        for rate, one in found.items()
    ]  # fmt: skip
    head = (
        "rate %", "neurons, nW", "of rest", "published chip, nW", "of rest", "gating saves",
        "mean sleep, ms",
    )  # fmt: skip
    write_csv(folder / "rates.csv", head, rows)
    blocks = [
        (name, *(share(found[rate]["blocks"][name], state) for state in ("powered", "clocked")
                 for rate in RATES[1:]))
        for name in found[RATES[0]]["blocks"]
    ]  # fmt: skip
    of_blocks = (
        "block", *(f"{state} % at {100 * rate:.0f} %" for state in ("power", "clock")
                   for rate in RATES[1:])
    )  # fmt: skip
    write_csv(folder / "blocks.csv", of_blocks, blocks)
    draw(found, folder / "fig10b.png")
    return "\n".join(
        (
            f"Power over the rate of the input: {SAMPLES} digits, lossless (Chundi 2021, Fig. 10B)",
            "", text_table(head, rows), "",
            f"neurons: {NEURON_MODEL.partition(': ')[2]}; no synapse blocks",
            f"published chip: {REST_NW:.0f} to {FULL_NW:.0f} nW, the whole chip measured; without "
            "spikes gating saves a hidden neuron 4.8x",
            "", "Time with power and with a clock, % of a frame:", "",
            text_table(of_blocks, blocks),
        )
    )  # fmt: skip


def share(block: dict[str, float], state: str) -> str:
    """Return which part of the time a block was in a state, in percent."""
    return f"{100 * block[f'{state}_ms'] / (block['asleep_ms'] + block['powered_ms']):.2f}"


def draw(found: dict[float, dict[str, Any]], path: Path) -> None:
    """Draw Fig. 10B as multiples of the power at rest, and how long the neurons sleep."""
    figure = new_figure(10, 4)
    power, asleep = figure.subplots(1, 2)
    rates = [100 * rate for rate in found]
    rest = found[RATES[0]]["nW"]
    power.plot(rates, [one["nW"] / rest for one in found.values()], "o-", color=COLOURS[0],
               label=f"neurons, of {rest:.0f} nW")  # fmt: skip
    power.plot(rates, [chip_nw(rate) / REST_NW for rate in found], "s:", color="grey",
               label=f"published chip, of {REST_NW:.0f} nW")  # fmt: skip
    power.set(xlabel="rate of the input, %", ylabel="power, of that at rest", ylim=(0, None))
    names = [name for name in found[RATES[0]]["blocks"] if not name.endswith("_synapses")]
    for name, colour in zip(names, COLOURS, strict=False):
        shares = [100 - float(share(one["blocks"][name], "powered")) for one in found.values()]
        asleep.plot(rates, shares, "o-", color=colour, label=name)
    asleep.set(xlabel="rate of the input, %", ylabel="a neuron is asleep, % of the time")
    for axes in (power, asleep):
        axes.legend(frameon=False)
    save_chart(path, figure)

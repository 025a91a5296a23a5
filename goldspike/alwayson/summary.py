"""What a run on the always-on chip comes to: counts, times and energy, block by block."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from goldspike.alwayson.energy import CHIP_MODEL, NEURON_MODEL, TICK_MS, Times, chip_nw
from goldspike.alwayson.engine import Result
from goldspike.chip import Row
from goldspike.model.alwayson.chip import ChipParams

__all__ = ["block_names", "counts", "energy", "result_rows", "starved"]

CYCLES = 3
"""Of Eq. 2: the least that a request takes."""
NEURONS = ("spikes", "lost", "dropped", "requests", "wakeups", "power_ups")
SYNAPSES = ("served", "wakeups", "power_ups")


def block_names(cores: int) -> list[str]:
    """Return the neuron blocks' names: ``input``, ``hidden1``, ..., ``output``."""
    return ["input", *(f"hidden{k}" for k in range(1, cores - 1)), "output"]


def periods(params: ChipParams) -> tuple[int, int]:
    """Return the periods of the neurons' and the synapse blocks' clocks, in ticks."""
    return 2 * params.neuron_clock, 2 * params.synapse_clock


def counts(result: Result, params: ChipParams) -> dict[str, dict[str, int]]:
    """Return what every block counted over all samples; times in ticks."""
    of_neurons, of_synapses = periods(params)
    found: dict[str, dict[str, int]] = {}
    names = block_names(len(params.layers))
    summed = {
        name: result.count(name).sum(axis=0).tolist()
        for name in (*NEURONS, "pulses", "awake", "powered", "clock_ticks")
    }
    for k, name in enumerate(names):
        found[name] = {kind: summed[kind][k] for kind in NEURONS} | {
            "clocked_ticks": summed["pulses"][k] * of_neurons,
            "awake_ticks": summed["awake"][k],
            "powered_ticks": summed["powered"][k],
            "clock_ticks": summed["clock_ticks"][k],
        }
    for k, name in enumerate(names[:-1]):
        own = {
            kind: int(result.count(f"synapse_{kind}")[:, k].sum())
            for kind in (*SYNAPSES, "pulses", "awake", "powered", "clock_ticks")
        }
        found[f"{name}_synapses"] = {kind: own[kind] for kind in SYNAPSES} | {
            "clocked_ticks": own["pulses"] * of_synapses,
            "awake_ticks": own["awake"],
            "powered_ticks": own["powered"],
            "clock_ticks": own["clock_ticks"],
        }
    return found


def starved(result: Result, params: ChipParams) -> dict[str, Any]:
    """Return how often anything was missed: samples, and by block requests and spikes."""
    dropped, lost = result.count("dropped"), result.count("lost")
    names = block_names(len(params.layers))
    return {
        "samples": int(((dropped + lost).sum(axis=1) > 0).sum()),
        "dropped": dict(zip(names, dropped.sum(axis=0).tolist(), strict=True)),
        "lost": dict(zip(names, lost.sum(axis=0).tolist(), strict=True)),
    }


def energy(result: Result, params: ChipParams, frame: int) -> dict[str, Any]:
    """Return the energy of a mean sample by two published measures, and where time went.

    A sample lasts its frame, or until everything is at rest, if that comes later.

    Parameters
    ----------
    result : Result
    params : ChipParams
    frame : int
        In ticks.
    """
    samples = result.samples
    duration = np.maximum(result.ticks, frame)
    whole = float(duration.sum()) * TICK_MS / samples
    blocks: dict[str, dict[str, float]] = {}
    found = counts(result, params)
    spent = 0.0
    for name, members in found.items():
        size = 1
        if not name.endswith("_synapses"):
            size = params.layers[block_names(len(params.layers)).index(name)]
        powered, clocked = (
            members[f"{kind}_ticks"] * TICK_MS / samples for kind in ("powered", "clocked")
        )
        times = Times(size * whole - powered, powered, clocked, members["power_ups"] / samples)
        blocks[name] = {
            "asleep_ms": round(times.asleep / size, 6),
            "powered_ms": round(powered / size, 6),
            "clocked_ms": round(clocked / size, 6),
        }
        if not name.endswith("_synapses"):
            blocks[name]["nJ"] = round(times.nj, 6)
            spent += times.nj
    served = found["input_synapses"]["served"] / samples
    rate = served * CYCLES * periods(params)[1] * TICK_MS / whole
    power = chip_nw(rate)
    return {
        "model": NEURON_MODEL,
        "nJ_per_sample": round(spent, 6),
        "nW": round(1e3 * spent / whole, 6),
        "ms_per_sample": round(whole, 6),
        "blocks": blocks,
        "chip": {
            "model": CHIP_MODEL,
            "input_rate": round(rate, 6),
            "nW": round(power, 6),
            "nJ_per_sample": round(1e-3 * power * whole, 6),
        },
    }


def result_rows(report: Mapping[str, Any]) -> list[Row]:
    """Return what a table says of every block, of what was missed, and of time and energy."""
    samples, energy, missed = report["samples"], report["energy"], report["starved"]
    rows: list[Row] = []
    for name, members in report["counts"].items():
        if name.endswith("_synapses"):
            continue
        served = report["counts"].get(f"{name}_synapses", {}).get("served")
        asked = f", {members['requests'] / samples:.1f} requests" if served is not None else ""
        answered = f", {served / samples:.1f} served" if served is not None else ""
        rows.append(
            (
                name,
                f"{members['spikes'] / samples:.1f} spikes{asked}{answered}; "
                f"{members['dropped']} dropped, {members['lost']} lost in all",
            )
        )
        rows.append(("", awake(name, energy["blocks"])))
    if missed["samples"]:
        kinds = (f"{sum(missed[kind].values())} {what}" for kind, what in
                 (("dropped", "requests dropped"), ("lost", "spikes lost")))  # fmt: skip
        said = f"{missed['samples']} of {samples} samples: {', '.join(kinds)}"
    else:
        said = "no sample: nothing dropped, nothing lost"
    chip = energy["chip"]
    return [
        *rows,
        ("starved", said),
        ("time per sample", f"{energy['ms_per_sample']:.1f} ms, {report['ticks']:.0f} ticks"),
        ("energy", f"{energy['nJ_per_sample']:.2f} nJ per sample, {energy['nW']:.1f} nW"),
        ("", energy["model"]),
        ("or the chip's", f"{chip['nJ_per_sample']:.2f} nJ, {chip['nW']:.1f} nW"),
        ("", chip["model"]),
    ]


def awake(name: str, blocks: Mapping[str, Mapping[str, float]]) -> str:
    """Return which part of the time a neuron has power and a clock, and the synapse block."""
    said = []
    for part, what in ((name, "a neuron"), (f"{name}_synapses", "the synapse block")):
        if part in blocks:
            own = blocks[part]
            whole = own["asleep_ms"] + own["powered_ms"]
            powered, clocked = (100 * own[f"{k}_ms"] / whole for k in ("powered", "clocked"))
            said.append(f"{what} has power for {powered:.2f} %, a clock for {clocked:.2f} %")
    return "; ".join(said)

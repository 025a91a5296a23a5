"""A scene of the chip: a short stimulus, and the signals to look at."""

from itertools import pairwise

import numpy as np

from goldspike.cosim.alwayson.chip import ChipBench
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.model.alwayson.chip import ChipModel
from goldspike.model.alwayson.shared.chip_loading import loading

__all__ = ["scenario", "view"]


def scenario(bench: ChipBench, rng: np.random.Generator) -> np.ndarray:
    """Load a network of ones, send four spikes, freeze, read out, clear."""
    params, layers = bench.params, bench.params.layers
    weights = [np.ones(shape, int) for shape in pairwise(layers)]
    load = loading(params, weights, [1] * len(params.thresholds))
    tick, address = np.array([3, 7, 11, 15]), np.arange(4) % layers[0]
    frame = 180
    quiet = max(frame, ChipModel(params, weights).trace(tick, address, frame).ticks) + 4
    begin, end = len(load.scan), len(load.scan) + quiet + layers[-1] + 12
    levels = {
        name: np.zeros(end, int) for name in ("address", "strobe", "freeze", "start", "clear")
    }
    levels["address"][begin + tick - 1], levels["strobe"][begin + tick - 1] = address, 1
    levels["freeze"][begin + frame : end - 4], levels["start"][begin + quiet] = 1, 1
    levels["clear"][end - 4] = 1
    rest = np.zeros(end - begin, int)
    loads = {name: np.concatenate([level, rest]) for name, level in load._asdict().items()}
    return rows_from_levels(bench, {**levels, **loads})


def view(bench: ChipBench) -> View:
    """Follow the spikes from the AER input through the cores to the readout."""
    cores = tuple(
        Group(
            f"Core {k}",
            (
                Wave(f"core_{k}.neurons.request", "requests", show="set"),
                Wave(f"core_{k}.neurons.clock", "neuron clock"),
                Wave(f"core_{k}.synapses.clock", "synapse clock"),
                Wave(f"core_{k}.synapses.ack", "Ack seen", show="set"),
                Wave(f"core_{k}.plus_out", "Spk+1", show="set"),
            ),
        )
        for k in range(len(bench.params.cores))
    )
    return View(
        "Chip " + "-".join(map(str, bench.params.layers)),
        "Chundi 2021, Fig. 1",
        (
            Group("Scan chains", (Wave("scan"), Wave("scan_block", show="dec"), Wave("load"))),
            Group("AER input", (Wave("strobe"), Wave("address", show="dec"))),
            *cores,
            Group("Output core", (Wave("freeze"), Wave("output.clock", "neuron clock"))),
            Group(
                "AER output",
                (
                    Wave("start"),
                    Wave("valid"),
                    Wave("value", show="dec"),
                    Wave("done"),
                    Wave("winner", show="dec"),
                ),
            ),
            Group("Frame", (Wave("clear"), Wave("busy"))),
        ),
    )

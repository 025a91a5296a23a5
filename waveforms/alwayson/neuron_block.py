"""A scene of the neuron block: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.neuron_block import NeuronBlockBench
from goldspike.cosim.alwayson.stimuli.neuron_block import FIGURES
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high, lines_of
from goldspike.waveforms.alwayson.neuron import fsm_waves, power_waves, wakeup_waves

__all__ = ["scenario", "view"]


def scenario(bench: NeuronBlockBench, rng: np.random.Generator) -> np.ndarray:
    """Fig. 3: neuron 0 wakes, with the clock at rest (A) or running for neuron 1 (B, C)."""
    n, count = bench.params.neurons, 124 if bench.config == "fig-3c" else 100
    plus, ack = np.zeros((count, n), bool), np.zeros((count, n), bool)
    plus[:, 0] = high(count, (17, 22))
    if bench.config != "fig-3a":
        plus[:, 1] = high(count, (5, 8), (50, 54))
    if bench.config == "fig-3c":
        ack[:, 0] = high(count, (94, 112))
    return rows_from_levels(bench, {"plus": plus, "ack": ack})


def view(bench: NeuronBlockBench) -> View:
    """See the states of Fig. 3 by name."""
    figure = FIGURES.get(bench.config, "3")
    return View(
        "Hidden neuron 0 of a block",
        f"Chundi 2021, Fig. {figure}",
        (
            Group("Shared clock", (Wave("clock"),)),
            Group("Spikes", lines_of("plus", [0, 1], "Spk+1 of neuron ")),
            Group("Wake-up circuit", wakeup_waves("neuron_0.")),
            Group("Power", power_waves("neuron_0.")),
            Group("FSM", fsm_waves("neuron_0.")),
            Group("Synapse block", (Wave("request", "Req", line=0), Wave("ack", "Ack", line=0))),
        ),
    )

"""A scene of the neuron block in ``cell``: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.cell.neuron_block import NeuronBlockBench
from goldspike.cosim.alwayson.cell.stimuli.neuron_block import rows_from_ticks
from goldspike.cosim.alwayson.neuron_fsm import STATE_NAMES
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high

__all__ = ["scenario", "view"]


def scenario(bench: NeuronBlockBench, rng: np.random.Generator) -> np.ndarray:
    """Fig. 3B: neuron 0 wakes while the clock runs for neuron 1."""
    n, count = bench.params.neurons, 26
    plus = np.zeros((count, n), bool)
    plus[:, 1] = high(count, (2, 4))
    plus[:, 0] = high(count, (7, 9))
    rows = rows_from_levels(bench.in_ticks, {"plus": plus})
    return rows_from_ticks(bench, rows)


def view(bench: NeuronBlockBench) -> View:
    """See the real clocks."""
    return View(
        "Neuron block with gated clocks",
        "Chundi 2021, Fig. 2A and 3B",
        (
            Group("Shared clock", (Wave("asked"), Wave("clock"))),
            Group("Spikes", tuple(Wave("plus", f"Spk+1 of {k}", line=k) for k in range(2))),
            *(
                Group(
                    f"Neuron {k}",
                    (
                        Wave(f"neuron_{k}.clock_enable", "FFclk-en"),
                        Wave(f"neuron_{k}.clock_ungate", "FFclk-ug"),
                        Wave(f"neuron_{k}.gated", "gated clock"),
                        Wave(f"neuron_{k}.on", "on"),
                        Wave(f"neuron_{k}.steps.state", "state", names=STATE_NAMES),
                        Wave(f"neuron_{k}.potential", "potential", show="signed"),
                    ),
                )
                for k in range(2)
            ),
        ),
    )

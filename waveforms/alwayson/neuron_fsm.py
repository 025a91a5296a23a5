"""A scene of the neuron FSM: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.neuron_fsm import STATE_NAMES, NeuronFsmBench
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.model.alwayson.neuron_fsm import Kind

__all__ = ["scenario", "view"]


def scenario(bench: NeuronFsmBench, rng: np.random.Generator) -> np.ndarray:
    """Draw a spike below the threshold, one that fires, one while waiting for Ack."""
    count = 60
    levels = {
        "step": high(count, *range(2, count, 2)),
        "pending": high(count, (3, 8)) + high(count, (15, 22)) + 2 * high(count, (29, 32)),
        "ack": high(count, (40, 46)),
        "threshold": np.full(count, min(2, bench.params.highest)),
    }
    return rows_from_levels(bench, levels)


def view(bench: NeuronFsmBench) -> View:
    """See the states by name."""
    return View(
        f"{Kind(bench.params.kind).value.title()} neuron's FSM",
        "Chundi 2021, Fig. 2B to 2D",
        (
            Group("Gated clock", (Wave("step", mark=True),)),
            Group("Inputs", (Wave("pending", "FF+1, FF-1", show="set"), Wave("ack"))),
            Group(
                "FSM",
                (
                    Wave("state", names=STATE_NAMES),
                    Wave("potential", show="signed"),
                    Wave("request"),
                ),
            ),
            Group("Resets", (Wave("taken", show="set"), Wave("sleep"))),
        ),
    )

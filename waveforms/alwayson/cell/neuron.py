"""A scene of the neuron in ``cell``: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.cell.neuron import NeuronBench
from goldspike.cosim.alwayson.neuron_fsm import STATE_NAMES
from goldspike.cosim.bench.cell_bench import rows_from_levels_at
from goldspike.cosim.bench.view import Group, View, Wave, lines_of
from goldspike.model.alwayson.neuron_fsm import Kind

__all__ = ["scenario", "view"]


def scenario(bench: NeuronBench, rng: np.random.Generator) -> np.ndarray:
    """One spike below the threshold, one that fires and is acknowledged late."""
    moments = np.arange(1000, 26_000, 250)
    clock = moments // 1000 % 2 == 1
    spikes = np.zeros((moments.size, 2), bool)
    for begin in (3250, 15_250):
        spikes[:, 0] |= (moments >= begin) & (moments < begin + 500)
    low, level = bench.params.power.waking <= 1000, np.full(moments.size, 2)
    assert low, "the clock of the scenario is too fast"
    return rows_from_levels_at(
        bench, moments,
        {
            "spikes": spikes, "clock": clock, "threshold": level,
            "ack": (moments >= 24_250), "clear": np.zeros(moments.size, bool),
        },
    )  # fmt: skip


def view(bench: NeuronBench) -> View:
    """See the flip-flops of which each is a pair."""
    return View(
        f"{Kind(bench.params.fsm.kind).value.title()} neuron with a gated clock",
        "Chundi 2021, Fig. 2A and 3B",
        (
            Group("Inputs", (Wave("clock"), *lines_of("spikes", [0, 1]), Wave("ack"))),
            Group(
                "Wake-up circuit",
                (
                    *lines_of("pending", [0, 1], "FF"),
                    Wave("clock_enable", "FFclk-en"),
                    Wave("clock_ungate", "FFclk-ug"),
                    Wave("gated", "gated clock"),
                ),
            ),
            Group("Power", (Wave("power"), Wave("good"), Wave("on"))),
            Group(
                "FSM",
                (
                    Wave("steps.state", "state", names=STATE_NAMES),
                    Wave("potential", show="signed"),
                    Wave("request"),
                ),
            ),
        ),
    )

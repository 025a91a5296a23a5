"""A scene of the neuron: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.pins import side_by_side
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.truenorth.neuron import NeuronBench

__all__ = ["scenario", "view"]

TICKS = 26
EXCITED = {
    "weight_0": 60, "weight_1": -25, "weight_2": 100, "stochastic_weight_2": 1,
    "leak": -10, "alpha": 100, "beta": 100, "mask": 4, "gamma": 1, "kappa": 1,
}  # fmt: skip
DECAYING = EXCITED | {"leak": -50, "reversal": 1, "mask": 0}


def scenario(bench: NeuronBench, rng: np.random.Generator) -> np.ndarray:
    """Fire with a stochastic threshold; then let a neuron decay to 0, and one fall to -beta."""
    ticks = np.arange(TICKS)
    events = high(TICKS, (3, 7), (17, 19))
    potential = np.select([ticks < 10, ticks < 15], [20, -30], -40)
    kinds = np.select([ticks == 4, ticks == 5, ticks >= 16], [1, 2, 1])
    rows = []
    for fields in (EXCITED, DECAYING):
        values = [
            side_by_side(np.array([[fields.get(name, 0)]]), width)
            for name, width in bench.params.fields
        ]
        rows.append(np.concatenate(values, axis=1)[0])
    levels = {
        "fields": np.where(((ticks >= 10) & (ticks < 15))[:, None], rows[1], rows[0]),
        "potential": potential & (2 * bench.params.top + 1),
        "first": high(TICKS, 3, 12, 17),
        "integrate": events,
        "axon_type": kinds,
        "fire": high(TICKS, (8, 9), 12, 20),
        "draw_first": np.where(ticks < 7, 80, 11),
        "draw_second": np.full(TICKS, 7),
    }
    return rows_from_levels(bench, levels)


def view(bench: NeuronBench) -> View:
    """Watch the potential from the first event to the reset."""
    return View(
        "Neuron: synapses, leak, threshold, reset",
        "Cassidy 2013",
        (
            Group(
                "Events",
                (
                    Wave("first"), Wave("integrate"), Wave("axon_type", show="dec"),
                    Wave("sampled", "weight or leak", show="signed"),
                    Wave("accumulator", show="signed"),
                ),
            ),
            Group(
                "Draws",
                (
                    Wave("draws", show="dec"), Wave("draw_first", show="dec"),
                    Wave("draw_second", show="dec"), Wave("eta", show="dec"),
                ),
            ),
            Group(
                "End of the step",
                (
                    Wave("fire", mark=True), Wave("leaked", "after the leak", show="signed"),
                    Wave("over", "above alpha", show="signed"),
                    Wave("under", "above -beta", show="signed"),
                    Wave("fired"), Wave("result", show="signed"),
                ),
            ),
        ),
    )  # fmt: skip

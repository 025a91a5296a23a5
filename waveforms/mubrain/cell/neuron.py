"""A scene of the neuron in ``cell``: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.mubrain.cell.neuron import NeuronBench
from goldspike.cosim.mubrain.neuron import NeuronBench as TickBench
from goldspike.waveforms.mubrain import neuron

__all__ = ["scenario", "view"]


def scenario(bench: NeuronBench, rng: np.random.Generator) -> np.ndarray:
    """Play the scenario of ``tick``, a strobe every 12 ns."""
    rows = neuron.scenario(TickBench("", bench.params), rng)
    slow = bench.blank(rows.size)
    for name in rows.dtype.names or ():
        slow[name] = rows[name] * (3_000 if name == "tick" else 1)
    return slow


def view(bench: NeuronBench) -> View:
    """Watch the potential climb, wrap and clamp."""
    return View(
        f"Integrate-and-fire neuron, threshold {bench.params.threshold}, self-timed",
        "Stuijt 2021, Fig. 1C and section 3.1",
        (
            Group(
                "Weight from the memory",
                (Wave("strobe"), Wave("weight", show="signed"), Wave("scale"), Wave("clear")),
            ),
            Group(
                "Neuron",
                (
                    Wave("potential", show="analog"),
                    Wave("arithmetic.fire", "overflow"),
                    Wave("fire", mark=True),
                ),
            ),
        ),
    )

"""A scene of the dataflow controller: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.imc.dataflow_controller import DataflowControllerBench
from goldspike.cosim.imc.stimuli.dataflow_controller import FIELDS
from goldspike.hdl.imc.dataflow_controller import State

__all__ = ["scenario", "view"]


def scenario(bench: DataflowControllerBench, rng: np.random.Generator) -> np.ndarray:
    """Let pixels come without a gap, and stop a little after the first output (Fig. 8)."""
    layer = bench.params.memory.layer
    ticks = bench.world(rng, 2 * layer.height + 6, pressure=False)
    return rows_from_levels(
        bench, {name: np.array([getattr(t, name) for t in ticks]) for name in FIELDS}
    )


def view(bench: DataflowControllerBench) -> View:
    """Watch a timestep: store, decide, read, compute."""
    states = {state.value: state.name.lower() for state in State}
    return View(
        "Dataflow controller",
        "Dazzi 2021, Fig. 8, Algorithm 1",
        (
            Group("Timestep", (Wave("step", mark=True), Wave("state", names=states))),
            Group("Pixels in", (Wave("store"), Wave("in_x", show="analog"), Wave("ahead"))),
            Group(
                "Outputs",
                (Wave("fetch"), Wave("next_row"), Wave("start"), Wave("done"), Wave("out_x")),
            ),
        ),
    )

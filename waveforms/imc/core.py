"""A scene of the core: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.imc.core import MOODS, CoreBench
from goldspike.hdl.imc.dataflow_controller import State

__all__ = ["scenario", "view"]


class SteadyBench(CoreBench):
    """Pixels come and go as fast as they can."""

    moods = MOODS[:1] * len(MOODS)


def scenario(bench: CoreBench, rng: np.random.Generator) -> np.ndarray:
    """Program, then let pixels come without a gap until three outputs have left."""
    params = bench.params
    rows = SteadyBench(bench.config, params).stimulus(rng, 2 * params.layer.height + 6)
    first = rows["tick"][np.flatnonzero(rows["step"])[0]]
    rows = rows[rows["tick"] >= first - 1]
    rows["tick"] -= first - 2
    return rows


def view(bench: CoreBench) -> View:
    """Watch pixels come, the window being read, the output being sent (Fig. 2)."""
    states = {state.value: state.name.lower() for state in State}
    return View(
        "Core",
        "Dazzi 2021, Fig. 1C and 2",
        (
            Group("Timestep", (Wave("step", mark=True), Wave("controller.state", names=states))),
            Group("Pixels in", (Wave("in_valid"), Wave("in_ready"), Wave("controller.in_x"))),
            Group("Input memory", (Wave("memory.address", show="analog"),)),
            Group("Crossbar", (Wave("crossbar.start"), Wave("crossbar.done"))),
            Group("Pixels out", (Wave("processor.done"), Wave("out_valid"), Wave("out_ready"))),
        ),
    )

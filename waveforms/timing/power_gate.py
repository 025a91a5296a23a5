"""A scene of the power gate: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.timing.power_gate import PowerGateBench
from goldspike.model.timing.power_gate import PowerState

__all__ = ["scenario", "view"]


def scenario(bench: PowerGateBench, rng: np.random.Generator) -> np.ndarray:
    """Go on and off in full; ask for one tick; come back on while going off."""
    up, down = bench.params.waking, bench.params.going_off
    second = 8 + 2 * (up + down)
    third = second + up + down + 8
    count = third + 2 * (up + down) + 16
    spans = (
        (3, 3 + up + 5),
        second,
        (third, third + up + 2),
        (third + up + 4, third + up + 7),
    )
    return rows_from_levels(bench, {"request": high(count, *spans)})


def view(bench: PowerGateBench) -> View:
    """See the order in which power, isolation, retention and reset come and go."""
    names = {state.value: state.name.lower().replace("_", " ") for state in PowerState}
    outputs = tuple(Wave(name) for name in ("power", "good", "isolate", "retain", "reset"))
    return View(
        f"Power gate, {bench.config}",
        "Chundi 2021, Neuron Block",
        (
            Group("Request", (Wave("request"),)),
            Group("Sequence", (Wave("state", names=names),)),
            Group("To the block", outputs),
            Group("Status", (Wave("busy"),)),
        ),
    )

"""A scene of the token controller: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.truenorth.token_controller import TokenControllerBench
from goldspike.hdl.truenorth.token_controller import State

__all__ = ["scenario", "view"]

TICKS = 26


def scenario(bench: TokenControllerBench, rng: np.random.Generator) -> np.ndarray:
    """Run a step whose second neuron has no event and whose third waits; then clear."""
    events = np.zeros((TICKS, bench.params.axons), bool)
    events[4, [0, 3]] = events[10, [1, 2, 4]] = True
    levels = {
        "sync": high(TICKS, 3),
        "clear": high(TICKS, (12, 13), 19),
        "events": events,
        "send": high(TICKS, (5, 16)),
        "out_ready": ~high(TICKS, (14, 15)),
    }
    return rows_from_levels(bench, levels, whole=True)


def view(bench: TokenControllerBench) -> View:
    """Watch the token pass."""
    states = {state.value: state.name for state in State}
    return View(
        "Token controller: every neuron in turn, every event of it",
        "Akopyan 2015",
        (
            Group("Control", (Wave("sync", mark=True), Wave("clear"), Wave("busy"))),
            Group("Token", (Wave("state", names=states), Wave("neuron", show="dec"))),
            Group(
                "Events",
                (
                    Wave("fetch"), Wave("events", show="set"), Wave("first"),
                    Wave("integrate"), Wave("axon", show="dec"),
                ),
            ),
            Group(
                "Spikes",
                (
                    Wave("fire"), Wave("send"), Wave("out_ready"), Wave("stall"),
                    Wave("write_back"), Wave("erase"),
                ),
            ),
        ),
    )  # fmt: skip

"""A scene of the neuron: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.neuron import NeuronBench
from goldspike.cosim.alwayson.neuron_fsm import STATE_NAMES
from goldspike.cosim.alwayson.stimuli.neuron import POWER_NAMES
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high, lines_of
from goldspike.model.alwayson.neuron_fsm import Kind

__all__ = ["fsm_waves", "power_waves", "scenario", "view", "wakeup_waves"]


def scenario(bench: NeuronBench, rng: np.random.Generator) -> np.ndarray:
    """One spike below the threshold, one that fires with another after it."""
    count = 70
    spikes = np.zeros((count, 2), bool)
    spikes[:, 0] = high(count, (3, 5), (26, 28), (48, 50))
    ticks = np.arange(1, count + 1)
    low = max(2, bench.params.power.waking)
    place = ticks % (low + 2)
    return rows_from_levels(
        bench,
        {
            "spikes": spikes,
            "rises": place == 0,
            "falls": place == 2,
            "ack": high(count, (56, 62)),
            "threshold": np.full(count, 2),
        },
    )


def view(bench: NeuronBench) -> View:
    """See who wakes whom."""
    return View(
        f"{Kind(bench.params.fsm.kind).value.title()} neuron behind a clock that runs",
        "Chundi 2021, Fig. 2A and 3B",
        (
            Group("Shared clock", (Wave("rises"), Wave("falls"))),
            Group("Spikes", lines_of("spikes", [0, 1])),
            Group("Wake-up circuit", wakeup_waves("")),
            Group("Power", power_waves("")),
            Group("FSM", fsm_waves("")),
            Group("Synapse block", (Wave("request"), Wave("ack"))),
        ),
    )


def wakeup_waves(neuron: str) -> tuple[Wave, ...]:
    """Return the waves of a wake-up circuit below `neuron`."""
    return (
        Wave(f"{neuron}wakeup.pending", "FF+1", line=0),
        Wave(f"{neuron}wakeup.pending", "FF-1", line=1),
        Wave(f"{neuron}wakeup.clock_enable", "FFclk-en"),
        Wave(f"{neuron}wakeup.clock_ungate", "FFclk-ug"),
        Wave(f"{neuron}clock_gate.gated", "gated clock"),
    )


def power_waves(neuron: str) -> tuple[Wave, ...]:
    """Return the waves of a power gate below `neuron`."""
    return (
        Wave(f"{neuron}power_gate.state", "power gate", names=POWER_NAMES),
        Wave(f"{neuron}power_gate.isolate", "isolate"),
    )


def fsm_waves(neuron: str) -> tuple[Wave, ...]:
    """Return the waves of an FSM below `neuron`."""
    return (
        Wave(f"{neuron}fsm.state", "state", names=STATE_NAMES),
        Wave(f"{neuron}fsm.potential", "potential", show="signed"),
    )

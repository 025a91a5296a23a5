"""A scene of the core: one step with a slot's spikes, events, leak, threshold and a spike sent."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.truenorth.core import CoreBench
from goldspike.cosim.truenorth.shared.rows import lines_of, type_lines
from goldspike.hdl.truenorth.token_controller import State
from goldspike.model.truenorth.shared.image import blank

__all__ = ["scenario", "view"]

TICKS = 40


def scenario(bench: CoreBench, rng: np.random.Generator) -> np.ndarray:
    """Load three neurons and send spikes, two of which merge; then run two steps.

    Neuron 0 adds three events and stays below its threshold; neuron 1 has one, and its leak lowers
    it; neuron 2 fires, and its spike waits for three ticks.
    """
    params = bench.params
    image = blank(params.axons, params.neurons)
    fields = image.neurons
    fields["weights"], fields["leak"] = (3, -2, 1, 7), (0, -1, 0)
    fields["alpha"], fields["gamma"], fields["kappa"] = (20, 20, 8), 1, True
    fields["dx"], fields["axon"], fields["delay"] = 1, (0, 1, 4), (1, 1, 3)
    image.connected[:4, 0] = image.connected[1, 1] = image.connected[[0, 3], 2] = True
    kinds = np.zeros((1, params.axons), np.uint8)
    kinds[0, 1], kinds[0, 3] = 1, 3
    rows = lines_of(image.connected, fields, params.sram)
    ticks = np.arange(1, TICKS + 1)
    loaded = np.clip(ticks - 2, 0, params.neurons - 1)
    spikes = {6: 3, 7: 0, 8: 1, 9: 0, 17: 2}
    levels = {
        "load": high(TICKS, *range(2, 2 + params.neurons)),
        "load_neuron": loaded,
        "load_row": rows[loaded],
        "load_types": high(TICKS, 2),
        "types": np.repeat(type_lines(kinds), TICKS, axis=0),
        "spike_valid": high(TICKS, *spikes),
        "spike_slot": np.where(ticks == 17, 1, 0),
        "spike_axon": np.array([spikes.get(tick, 0) for tick in ticks.tolist()]),
        "sync": high(TICKS, 11, 28),
        "out_ready": ~high(TICKS, (22, 24)),
    }
    return rows_from_levels(bench, levels, whole=True)


def view(bench: CoreBench) -> View:
    """Watch a step from the scheduler to the spike."""
    states = {state.value: state.name for state in State}
    return View(
        "Core: a step, neuron by neuron, event by event",
        "Merolla 2014, Akopyan 2015, Cassidy 2013",
        (
            Group(
                "Scheduler",
                (
                    Wave("spike_valid"), Wave("spike_slot", show="dec"),
                    Wave("spike_axon", show="dec"), Wave("merged"), Wave("sync", mark=True),
                    Wave("slot", show="dec"), Wave("scheduler.active", show="set"),
                ),
            ),
            Group(
                "Token",
                (
                    Wave("busy"), Wave("controller.state", names=states),
                    Wave("controller.neuron", show="dec"), Wave("controller.fetch"),
                ),
            ),
            Group(
                "Events",
                (
                    Wave("controller.integrate"), Wave("controller.axon", show="dec"),
                    Wave("sram.axon_type", show="dec"), Wave("neuron_unit.before", show="signed"),
                ),
            ),
            Group(
                "Leak, threshold, spike",
                (
                    Wave("controller.fire"), Wave("neuron_unit.result", show="signed"),
                    Wave("neuron_unit.fired"), Wave("out_valid"), Wave("out_ready"),
                    Wave("controller.stall"), Wave("out_axon", show="dec"),
                    Wave("out_slot", show="dec"), Wave("controller.write_back"),
                ),
            ),
        ),
    )  # fmt: skip

"""What a circuit did, counted from its trace: who woke, asked, was served, and for how long.

The counts are those of :data:`goldspike.model.alwayson.chip.FAST_COUNTS`, each taken from what the
circuit showed and from the spikes that it was sent; nothing here comes from the golden model.
"""

from typing import Any

import numpy as np

from goldspike.model.alwayson.chip import FAST_COUNTS, ChipParams

__all__ = ["Activity"]


class Activity:
    """Counts a frame, slice by slice.

    Parameters
    ----------
    params : ChipParams
    sizes : sequence of int
        Neurons of the network, layer by layer.
    thresholds : sequence of int
        Of all cores but the last.
    before : structured array (1,)
        What the circuit showed as the frame began; its tick is 0.
    edges : int64 arrays (tick, address)
        The spikes at the input core, in order.
    frozen : int
        The last tick on which the output core takes spikes.
    """

    def __init__(
        self, params: ChipParams, sizes: Any, thresholds: Any, before: np.ndarray,
        edges: tuple[np.ndarray, np.ndarray], frozen: int,
    ) -> None:  # fmt: skip
        self.params, self.sizes, self.thresholds = params, sizes, thresholds
        self.last, self.edges, self.frozen = before, edges, frozen
        self.counts = np.zeros((len(params.layers), len(FAST_COUNTS)), np.int64)
        self.add(0, spikes=edges[0].size)

    def add(self, core: int, **counts: Any) -> None:
        """Add to the counts of a core."""
        for name, count in counts.items():
            self.counts[core, FAST_COUNTS.index(name)] += int(count)

    def see(self, records: np.ndarray) -> None:
        """Count what some records show, one at least; those of a frame follow one another."""
        seen: Any = np.concatenate([self.last, records])
        self.last = records[-1:]
        for k in range(len(self.params.layers)):
            self.see_neurons(k, seen)
        for k in range(len(self.params.cores)):
            self.see_requests(k, seen)
            self.see_synapses(k, seen)

    def see_neurons(self, k: int, seen: Any) -> None:
        """Count what all neurons of a core do."""
        block = self.params.output if k == len(self.params.cores) else self.params.cores[k].neurons
        name, lasts = f"neurons_{k}", np.diff(seen["tick"])
        enabled, powered = seen[f"{name}_clock_enable"], seen[f"{name}_power"]
        ungated = seen[f"{name}_clock_ungate"]
        period = block.clock(block.settings).period
        self.add(
            k,
            lost=losses(self.lost(k, seen)).sum(),
            wakeups=ups(~ungated).sum(),  # whoever sleeps has been awake
            power_ups=ups(powered).sum(),
            pulses=ups(seen[f"{name}_gated"]).sum(),
            awake=lines(enabled[:-1]) @ lasts,
            powered=lines(powered[:-1]) @ lasts,
            clock_ticks=period * rises(seen[f"{name}_clock"]).sum(),
        )

    def lost(self, k: int, seen: Any) -> np.ndarray:
        """Return how many spikes a core has lost, modulo 256."""
        return seen["output_lost" if k == len(self.params.cores) else f"core_{k}_lost"]

    def see_requests(self, k: int, seen: Any) -> None:
        """Count the requests of a core, and those that are never made."""
        asks = seen[f"core_{k}_request"]
        self.add(k, requests=ups(asks).sum())
        if k == 0:  # an input neuron that waits for its Ack takes no spike
            at = seen["tick"][1:][losses(self.lost(0, seen)) > 0]
            rows = np.searchsorted(seen["tick"], at)
            address = self.edges[1][np.searchsorted(self.edges[0], at)]
            self.add(k, dropped=(asks[rows, address // 8] >> (address % 8) & 1).sum())
        elif self.thresholds[k] > 0:
            # what goes from twice the threshold to 0 at once is reset, not counted down
            potentials = seen[f"core_{k}_potentials"]
            fires = (potentials[1:] == 0) & (potentials[:-1] >= 2 * self.thresholds[k])
            fires &= potentials[:-1] < 1 << (self.params.bits - 1)
            excess = potentials[:-1][fires].astype(np.int64) // self.thresholds[k] - 1
            self.add(k, dropped=excess.sum())

    def see_synapses(self, k: int, seen: Any) -> None:
        """Count what a synapse block does, and the spikes that it sends to the next core."""
        block = self.params.cores[k].synapses
        field = {name: seen[f"core_{k}_synapse_{name}"] for name in TRACED}
        lasts, period = np.diff(seen["tick"]), block.clock(block.settings).period
        launched = np.flatnonzero(rises(field["spkgen"] == 2)) + 1
        if k == len(self.params.cores) - 1:
            launched = launched[seen["tick"][launched] < self.frozen]  # an edge a tick later
        self.add(k + 1, spikes=launched.size * self.sizes[k + 1])
        self.add(
            k,
            synapse_served=losses(field["served"]).sum(),
            synapse_wakeups=rises(field["clock_enable"]).sum(),
            synapse_power_ups=rises(field["power"]).sum(),
            synapse_pulses=losses(field["pulses"]).sum(),
            synapse_awake=field["clock_enable"][:-1].astype(np.int64) @ lasts,
            synapse_powered=(field["power"][:-1] != 0).astype(np.int64) @ lasts,
            synapse_clock_ticks=period * rises(field["clock"]).sum(),
        )


TRACED = ("clock", "clock_enable", "power", "spkgen", "pulses", "served")
"""What is taken from the trace of a synapse block."""


def rises(values: np.ndarray) -> np.ndarray:
    """Return where a value is up that was not in the record before, bool (records - 1,)."""
    return (values[1:] != 0) & (values[:-1] == 0)


def losses(counter: np.ndarray) -> np.ndarray:
    """Return by how much a counter of 8 bits went up, int64 (records - 1,)."""
    return np.diff(counter).astype(np.int64)  # which wraps as the counter does


def lines(bitmaps: np.ndarray) -> np.ndarray:
    """Return how many lines of every bitmap are up, int64 (records,)."""
    return np.bitwise_count(bitmaps).sum(axis=1, dtype=np.int64)


def ups(bitmaps: np.ndarray) -> np.ndarray:
    """Return how many lines are up that were not in the record before, int64 (records - 1,)."""
    return lines(bitmaps[1:] & ~bitmaps[:-1])

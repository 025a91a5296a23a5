"""Bench of the neuron in ``cell``: its potential after every strobe and clear, and its spikes."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, between, taken_up
from goldspike.cosim.mubrain import neuron
from goldspike.cosim.mubrain.cell.stimuli.neuron import NeuronStimulus, rises
from goldspike.hdl.mubrain.cell.neuron import Neuron
from goldspike.model.mubrain.neuron import SPIKE_PS, NeuronModel

__all__ = ["BENCH", "NeuronBench"]

CHANGES = 8
"""The counters of the trace word are one byte each."""


class NeuronBench(NeuronStimulus):
    """The configurations of ``tick``; a spike follows its strobe."""

    rtl = Neuron
    configs: ClassVar = neuron.NeuronBench.configs
    varied: ClassVar = neuron.NeuronBench.varied
    published = "published"
    checks = Checks(waves=True)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Integrate at every rising edge; a spike follows."""
        model, records = NeuronModel(self.params), []
        strobes, clears = (rises(rows[name]) for name in ("strobe", "clear"))
        weights = neuron.NeuronBench("", self.params).weights(rows)
        for k in np.flatnonzero(strobes | clears):
            time, strobe, clear = int(rows["tick"][k]), bool(strobes[k]), bool(clears[k])
            scale = bool(rows["scale"][k])
            fired = model.tick(int(weights[k]), strobe=strobe, scale=scale, clear=clear)
            records.append((time, model.potential[0], 0))
            if fired:
                records.append((time + SPIKE_PS, model.potential[0], 1))
        return np.array(records, self.params.trace.record_dtype)

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Read the spikes off their counter; each event counts once."""
        counts = [np.diff(records[name], prepend=0) for name in ("strobes", "clears", "spikes")]
        fired = counts[2].astype(np.uint8)
        fired[sum(counts) % (1 << CHANGES) != 1] = 255  # two events at once, or one of no length
        return self.like_the_model(records, fired=fired)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the potential; a spike lasts as long as its strobe."""
        fired = expected["tick"][expected["fired"] == 1]
        level = rows["strobe"].astype(int)
        falls = rows["tick"][np.diff(level, prepend=0) < 0] + SPIKE_PS
        ends = falls[np.searchsorted(falls, fired, side="right")]
        return {
            "potential": taken_up(expected["tick"], expected["potential"]),
            "fire": between(fired, ends),
        }


BENCH = NeuronBench

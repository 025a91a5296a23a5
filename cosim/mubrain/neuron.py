"""Bench of the integrate-and-fire neuron: its potential after every tick that may change it."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held
from goldspike.cosim.bench.stimulus import every_tick
from goldspike.cosim.mubrain.stimuli.neuron import NeuronStimulus
from goldspike.hdl.mubrain.neuron import Neuron
from goldspike.model.mubrain.neuron import NeuronModel, NeuronParams

__all__ = ["BENCH", "NeuronBench"]

PINS = {"potential": "potential", "fire": "fired"}
"""The golden model's name of what a pin shows."""


class NeuronBench(NeuronStimulus):
    """Weights, potentials and shifts from the narrowest to the widest."""

    rtl = Neuron
    configs: ClassVar = {
        "published": NeuronParams(),
        "smallest": NeuronParams(weight_bits=2, potential_bits=1, scale_shift=0),
        "scaled-to-threshold": NeuronParams(weight_bits=2, potential_bits=3, scale_shift=3),
        "odd": NeuronParams(weight_bits=3, potential_bits=5, scale_shift=2),
        "widest": NeuronParams(weight_bits=8, potential_bits=13, scale_shift=6),
    }
    varied: ClassVar = {
        "weight_bits": range(2, 9), "potential_bits": range(1, 14), "scale_shift": range(13),
    }  # fmt: skip
    published = "published"
    checks = Checks(group="neuron, weight memory, read-out", vectors=("published", 500))

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Integrate what was seen, tick by tick."""
        model, filled, records = NeuronModel(self.params), every_tick(rows), []
        for row, weight in zip(filled, self.weights(filled), strict=True):
            strobe, clear = bool(row["strobe"]), bool(row["clear"])
            fired = model.tick(int(weight), strobe=strobe, scale=bool(row["scale"]), clear=clear)
            if strobe or clear:
                records.append((row["tick"], model.potential[0], fired))
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow potential and overflow; both hold between two weights."""
        tick = expected["tick"]
        return {name: held(tick, expected[key]) for name, key in PINS.items()}


BENCH = NeuronBench

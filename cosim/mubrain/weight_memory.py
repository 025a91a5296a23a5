"""Bench of the weight memory: every word read, after whole, partial and repeated loads."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, side_by_side
from goldspike.cosim.bench.stimulus import every_tick, up
from goldspike.cosim.mubrain.stimuli.weight_memory import WeightMemoryStimulus, signed
from goldspike.hdl.mubrain.weight_memory import WeightMemory
from goldspike.model.mubrain.weight_memory import Storage, WeightMemoryModel, WeightMemoryParams

__all__ = ["BENCH", "WeightMemoryBench"]


class WeightMemoryBench(WeightMemoryStimulus):
    """Registers and block memories, from a single weight upwards."""

    rtl = WeightMemory
    configs: ClassVar = {
        f"{storage}-{sources}x{neurons}": WeightMemoryParams(
            sources=sources, neurons=neurons, storage=Storage(storage)
        )
        for storage, sources, neurons in (
            ("registers", 1, 1),
            ("registers", 1, 5),
            ("registers", 7, 3),
            ("registers", 16, 10),
            ("registers", 256, 64),
            ("memory", 1, 1),
            ("memory", 7, 1),
            ("memory", 65, 5),
            ("memory", 1024, 2),
            ("memory", 2, 512),
        )
    }
    varied: ClassVar = {
        "sources": range(1, 40), "neurons": range(1, 12), "storage": tuple(Storage),
    }  # fmt: skip
    published = "registers-256x64"
    checks = Checks(
        group="neuron, weight memory, read-out",
        gates="registers-16x10",
        mutants=("registers-7x3",),
        synthesis="memory-65x5",
        slow=("registers-256x64",),
    )
    shown = "registers-7x3"
    outlasts = "read"
    golden: ClassVar[Any] = WeightMemoryModel

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Shift and read what was seen."""
        model, filled = self.golden(self.params), every_tick(rows)
        assert not np.any(filled["load"] & filled["read"]), "a load while a word is read"
        records = np.zeros(int(filled["read"].sum()), self.layout.record_dtype)
        weights = signed(filled["weight"], self.params.neuron.weight_bits)
        place = 0
        for row, weight in zip(filled, weights, strict=True):
            if row["load"]:
                model.shift(int(weight))
            if row["read"]:
                records[place]["tick"] = row["tick"]
                records[place]["word"] = model.read(int(row["address"]))["word"]
                place += 1
        return records

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the words read; each holds until the next one."""
        word = side_by_side(expected["word"], self.params.neuron.weight_bits)
        return {"word": held(expected["tick"], word)}

    def free(self, rows: np.ndarray, expected: np.ndarray, pins: Pins) -> Pins:
        """Leave a block memory's word open before the first read: a reset does not touch it."""
        if self.params.storage is Storage.REGISTERS:
            return {}
        read = up(rows, "read")[:1]
        bits = self.params.neuron.weight_bits * self.params.neurons
        return {"word": held(read, np.zeros((read.size, bits), bool), 1)}


BENCH = WeightMemoryBench

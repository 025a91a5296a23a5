"""Bench of the synapse memory: every word that is read."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.stimuli.synapse_memory import SynapseMemoryStimulus
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held
from goldspike.cosim.bench.stimulus import every_tick, get_lines
from goldspike.hdl.alwayson.synapse_memory import SynapseMemory
from goldspike.model.alwayson.synapse_memory import Storage, SynapseMemoryModel, SynapseMemoryParams

__all__ = ["BENCH", "SynapseMemoryBench"]

SIZES = ((128, 128), (1, 1), (5, 3), (3, 5), (128, 10), (256, 128))


class SynapseMemoryBench(SynapseMemoryStimulus):
    """Registers and block memories of every shape."""

    rtl = SynapseMemory
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {
        f"{storage.value}-{rows}x{columns}": SynapseMemoryParams(
            rows=rows, columns=columns, storage=storage
        )
        for rows, columns in SIZES
        for storage in Storage
    }
    varied: ClassVar = {
        "rows": range(1, 40), "columns": range(1, 40), "storage": tuple(Storage),
    }  # fmt: skip
    published = "registers-128x128"
    checks = Checks(
        group="synapse memory, scan chain",
        gates="registers-5x3",
        mutants=("registers-5x3",),
        synthesis="memory-5x3",
        slow=("registers-128x128", "registers-256x128"),
        random=1,
    )
    shown = "registers-5x3"

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Write and read what was seen."""
        model, every = SynapseMemoryModel(self.params), every_tick(rows)
        words = get_lines(every, "write_word", self.params.columns)
        records = []
        for k in np.flatnonzero(every["read"] | every["write"]):
            if every["read"][k]:
                (word,) = model.read(int(every["row"][k])).tolist()
                records.append((every["tick"][k], word))
            if every["write"][k]:
                model.write(int(every["write_row"][k]), words[k])
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the word read last."""
        return {"word": held(expected["tick"], expected["word"])}

    def free(self, rows: np.ndarray, expected: np.ndarray, pins: Pins) -> Pins:
        """Leave a block memory's word open until the first read: a reset does not touch it."""
        if self.params.storage is Storage.REGISTERS:
            return {}
        return {"word": held(expected["tick"][:1], np.zeros((1, self.params.columns), bool), 1)}


BENCH = SynapseMemoryBench

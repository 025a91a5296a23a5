"""Bench of the synapse memory: every word that is read."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels
from goldspike.hdl.alwayson.synapse_memory import SynapseMemory
from goldspike.model.alwayson.synapse_memory import (
    Storage,
    SynapseMemoryModel,
    SynapseMemoryParams,
)

__all__ = ["BENCH", "SynapseMemoryBench"]

SIZES = ((128, 128), (1, 1), (5, 3), (3, 5), (128, 10), (256, 128))
FIRST = 3
"""How often a run begins with writing all rows in turn: ones, zeros, anything."""


class SynapseMemoryBench(Bench):
    """A step is a tick; what a tick does not use may be anything.

    Registers are read before they are written, too; a block memory is written first, since a reset
    leaves it as it is.
    """

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
    steps = 2000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Read what is there, write all, then read and write some rows more than others."""
        params = self.params
        begin = 0 if params.storage is Storage.MEMORY else 2 * params.rows
        turns = (FIRST + 1) * params.rows
        ticks = begin + turns + steps
        k = np.arange(ticks) - begin
        turn, first = k // params.rows, k < turns
        recent = np.where(first, k % params.rows, k * params.rows // ticks)
        work = rng.choice(["read", "write", "none"], ticks, p=[0.5, 0.3, 0.2])
        work = np.where(first, np.where((turn >= 0) & (turn < FIRST), "write", "read"), work)
        work[-1] = "none"
        levels: dict[str, np.ndarray] = {name: work == name for name in ("read", "write")}
        for name, doing in (("row", "read"), ("write_row", "write")):
            often = (levels[doing] & first) | (rng.random(ticks) < 0.5)
            levels[name] = np.where(often, recent, rng.integers(0, params.rows, ticks))
        density = np.where(first & (turn < FIRST - 1), 1.0 - turn, rng.choice([0, 0.5, 1], ticks))
        levels["write_word"] = rng.random((ticks, params.columns)) < density[:, None]
        return rows_from_levels(self, levels)

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

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Return the ticks with read and write at once, and with a row that there is not."""
        both = (rows["read"] & rows["write"]) == 1
        beyond = (rows["read"] == 1) & (rows["row"] >= self.params.rows)
        beyond |= (rows["write"] == 1) & (rows["write_row"] >= self.params.rows)
        return {
            "read and write do not come together": rows["tick"][both],
            "no row is beyond the last": rows["tick"][beyond],
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Every row written and read, every column both ways, reads and writes in turns."""
        params, every = self.params, every_tick(rows)
        read, write = every["read"] == 1, every["write"] == 1
        lines = get_lines(records, "word", params.columns)
        reread = write[:-1] & read[1:] & (every["write_row"][:-1] == every["row"][1:])
        rewritten = read[:-1] & write[1:] & (every["row"][:-1] == every["write_row"][1:])
        bins = {
            "every row is read": np.bincount(every["row"][read], minlength=params.rows).min(),
            "every row is written": np.bincount(
                every["write_row"][write], minlength=params.rows
            ).min(),
            "every column is 1": lines.sum(axis=0).min(),
            "every column is 0": (~lines).sum(axis=0).min(),
            "a row is read on the tick after it is written": reread.sum(),
            "a row is written on the tick after it is read": rewritten.sum(),
            "nothing": (~read & ~write).sum(),
        }
        if params.storage is Storage.REGISTERS:
            written = np.maximum.accumulate(write)
            bins["a row is read before any is written"] = (read & ~written).sum()
        return bins


BENCH = SynapseMemoryBench

"""How the synapse memory is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels
from goldspike.model.alwayson.synapse_memory import Storage

__all__ = ["SynapseMemoryStimulus"]

FIRST = 3
"""How often a run begins with writing all rows in turn: ones, zeros, anything."""


class SynapseMemoryStimulus(Bench):
    """A step is a tick; what a tick does not use may be anything.

    Registers are read before they are written, too; a block memory is written first, since a reset
    leaves it as it is.
    """

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

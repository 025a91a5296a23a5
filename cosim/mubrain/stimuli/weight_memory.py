"""How the weight memory is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels
from goldspike.model.mubrain.weight_memory import Storage, loading_order

__all__ = ["WeightMemoryStimulus", "signed"]

ROUNDS = 6


def signed(raw: np.ndarray, bits: int) -> np.ndarray:
    """Return two's complement bits as numbers."""
    number = raw.astype(np.int64)
    return number - (number >> (bits - 1) << bits)


class WeightMemoryStimulus(Bench):
    """A step is a tick of reading; loads come on top, before every round of reads."""

    steps = 1200

    @property
    def total(self) -> int:
        """Number of weights."""
        return self.params.sources * self.params.neurons

    def order(self, matrix: np.ndarray) -> np.ndarray:
        """Return the stream that loads a matrix."""
        return loading_order(matrix)

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Load and read in turns; the ports that a tick does not use hold anything."""
        params, total = self.params, self.total
        partial = params.storage is Storage.REGISTERS
        load, read, loaded = [np.zeros(2, bool)], [np.zeros(2, bool)], [np.zeros(2, np.int64)]
        for k in range(ROUNDS if total < 1000 else 2):
            matrix = rng.integers(-7, 8, (params.sources, params.neurons))
            count = total if k == 0 or not partial else int(rng.integers(1, min(total, 400) + 1))
            waits = rng.random(count) < 0.1 * (k % 2)
            waits[0] = False  # that comes right after a read
            gaps = np.repeat(np.arange(count), 1 + waits)
            load.append(np.diff(gaps, append=count) > 0)
            loaded.append(self.order(matrix)[gaps])
            read.append(np.zeros(gaps.size, bool))
            asked = rng.random(steps // (ROUNDS if total < 1000 else 2)) < (0.5, 1.0)[k % 2]
            asked[[0, -1]] = True  # right after the load, and right before the next
            read.append(asked)
            load.append(np.zeros(asked.size, bool))
            loaded.append(rng.integers(-7, 8, asked.size))
        load, read, loaded = map(np.concatenate, (load, read, loaded))
        address = rng.integers(0, params.sources, load.size)
        ends = rng.random(load.size) < 0.2
        address[ends] = rng.choice([0, params.sources - 1], ends.sum())
        load[-1] = read[-1] = False
        rows = rows_from_levels(
            self,
            {
                "load": load.astype(np.uint8),
                "weight": loaded & (1 << params.neuron.weight_bits) - 1,
                "read": read.astype(np.uint8),
                "address": address,
            },
        )
        return with_pauses(rows, "load", "read", count=5)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count reads of both ends, next to loads, in a row; loads whole, partial and with gaps."""
        filled = every_tick(rows)
        total = self.total
        load, read = filled["load"] == 1, filled["read"] == 1
        address = filled["address"].astype(np.int64)
        before_reads = np.cumsum(load)[read]  # weights loaded before each read
        bits = self.params.neuron.weight_bits
        words = signed(records["word"], bits)
        bins = {
            "the first source is read": (read & (address == 0)).sum(),
            "the last source is read": (read & (address == self.params.sources - 1)).sum(),
            "read on the tick after a load": (read[1:] & load[:-1]).sum(),
            "load on the tick after a read": (load[1:] & read[:-1]).sum(),
            "reads on two ticks in a row": (read[1:] & read[:-1]).sum(),
            "a weight without a load": (~load & (filled["weight"] != 0)).sum(),
            "an address without a read": (~read[1:] & (np.diff(address) != 0)).sum(),
            "a positive weight is read": (words > 0).sum(),
            "a negative weight is read": (words < 0).sum(),
            "read after a load of all weights": (before_reads == total).sum(),
            "read after another load": (before_reads > total).sum(),
        }
        if self.params.sources == 1:
            del bins["an address without a read"]
        if total > 1 and self.params.storage is Storage.REGISTERS:
            bins["read after part of a load"] = (before_reads % total != 0).sum()
        return bins

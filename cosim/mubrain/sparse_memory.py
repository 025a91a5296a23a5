"""Bench of the sparse weight memory: every word read, after whole, partial and repeated loads."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.mubrain.weight_memory import WeightMemoryBench
from goldspike.hdl.mubrain.sparse_memory import SparseMemory
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.mubrain.sparse_memory import (
    SparseMemoryModel,
    SparseMemoryParams,
    loading_order,
)

__all__ = ["BENCH", "SparseMemoryBench"]


class SparseMemoryBench(WeightMemoryBench):
    """A step is a tick of reading; loads come on top, before every round of reads."""

    rtl = SparseMemory
    configs: ClassVar = {
        f"{neurons}-{synapses}": SparseMemoryParams(
            lateral=Connectivity(neurons=neurons, synapses=synapses)
        )
        for neurons, synapses in ((1, 1), (5, 0), (7, 15), (16, 77), (33, 327))
    }
    large: ClassVar = {"40nm": SparseMemoryParams()}
    varied: ClassVar = {
        "lateral.neurons": range(1, 17), "lateral.synapses": range(60), "lateral.seed": range(99),
    }  # fmt: skip
    published = "16-77"
    checks = Checks(group="leak, sparse memory", mutants=("7-15",))
    shown = "7-15"
    golden: ClassVar[Any] = SparseMemoryModel

    @property
    def total(self) -> int:
        """Number of weights that have a register."""
        return self.params.synapses

    def order(self, matrix: np.ndarray) -> np.ndarray:
        """Return the stream that loads a matrix."""
        return loading_order(matrix, self.params.mask)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count also reads of rows that are full, partly there and empty, and of both kinds."""
        bins = super().coverage(rows, records)
        address = self.addresses(rows)
        filled = self.params.mask.sum(axis=1)[address]
        bins["an input is read"] = (address < self.params.neurons).sum()
        bins["a neuron is read"] = (address >= self.params.neurons).sum()
        bins["a row with an absent synapse is read"] = (filled < self.params.neurons).sum()
        if self.params.neurons == 1:
            del bins["a row with an absent synapse is read"]
        return bins

    def addresses(self, rows: np.ndarray) -> np.ndarray:
        """Return the sources read, in order; a row lasts until the next one."""
        lasts = np.diff(rows["tick"], append=rows["tick"][-1] + 1)
        chosen = rows["read"] == 1
        return np.repeat(rows["address"][chosen].astype(np.int64), lasts[chosen])


BENCH = SparseMemoryBench

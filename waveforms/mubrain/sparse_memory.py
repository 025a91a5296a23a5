"""A scene of the sparse memory: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.mubrain.sparse_memory import SparseMemoryBench
from goldspike.waveforms.mubrain.weight_memory import scenario

__all__ = ["scenario", "view"]


def view(bench: SparseMemoryBench) -> View:
    """See the weights move from row to row, the last source's first."""
    sources = np.flatnonzero(bench.params.mask.any(axis=1))
    first = [int(source) for source in sources if source < bench.params.neurons][:3]
    rows = [*first, *(int(source) for source in sources[-3:])]
    return View(
        f"Sparse weight memory, {bench.params.sources} rows, {bench.params.synapses} weights",
        "Stuijt 2021, Fig. 1A, section 2.3 and section 3.1",
        (
            Group("Load", (Wave("load"), Wave("weight", show="signed"))),
            Group(
                "Rows, as long as they have synapses",
                tuple(Wave(f"row_{k}", show="hex") for k in dict.fromkeys(rows)),
            ),
            Group("Read", (Wave("read", mark=True), Wave("address", show="dec"))),
            Group("To the neurons", (Wave("word", show="hex"),)),
        ),
    )

"""A scene of the synapse memory: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.synapse_memory import SynapseMemoryBench
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high

__all__ = ["scenario", "view"]


def scenario(bench: SynapseMemoryBench, rng: np.random.Generator) -> np.ndarray:
    """Write all rows, read them, write one that has been read, and read it again."""
    params, count = bench.params, 36
    rows = np.arange(count)
    words = (rows[:, None] >> np.arange(params.columns) % 3) & 1 == 1
    writes = [*range(3, 3 + params.rows), 26]
    reads = [*range(12, 12 + 2 * params.rows, 2), 29]
    write_row, row = np.zeros(count, int), np.zeros(count, int)
    write_row[np.array(writes) - 1] = [*range(params.rows), 0]
    row[np.array(reads) - 1] = [*range(params.rows), 0]
    return rows_from_levels(
        bench,
        {
            "write": high(count, *writes), "write_row": write_row, "write_word": words,
            "read": high(count, *reads), "row": row,
        },
    )  # fmt: skip


def view(bench: SynapseMemoryBench) -> View:
    """See the word that was read stay."""
    return View(
        "Synapse memory",
        "Chundi 2021, On-Chip SRAM",
        (
            Group("Writing", (Wave("write"), Wave("write_row"), Wave("write_word", show="set"))),
            Group("Reading", (Wave("read", "word-line", mark=True), Wave("row"))),
            Group("Weights of +1", (Wave("word", show="set"),)),
        ),
    )

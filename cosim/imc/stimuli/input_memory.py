"""How the input memory is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels
from goldspike.model.imc.input_memory import FETCH, RESIDUAL, STORE
from goldspike.model.imc.shared.geometry import new_rows, outputs

__all__ = ["InputMemoryStimulus"]

COUNTS_WITH = {
    "last_row": ("store", "residual"), "pad": ("fetch",), "next_row": ("fetch",),
    "skip": ("fetch",), "next_image": ("next_column",),
}  # fmt: skip
"""Inputs that mean something only while another one is up."""


class InputMemoryStimulus(Bench):
    """A step is a pixel stored; windows are read as they become complete."""

    steps = 300

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Store pixels and read what a layer reads; the ports not in use hold anything."""
        params, layer = self.params, self.params.layer
        ticks: list[dict[str, int]] = [{}]

        def rest() -> None:
            ticks.extend({} for _ in range(int(rng.integers(0, 3))))

        for k in range(steps):
            last = int(k % layer.height == layer.height - 1)
            for word in range(params.words):
                ticks.append({"store": 1, "last_row": last & (word == params.words - 1)})
            rest()
        program = self.program()
        for k in range(2 * steps // max(1, layer.kernel)):
            ticks.extend(next(program))
            last = int(k % layer.height == layer.height - 1)
            for word in range(params.words):
                ticks.append({"residual": 1, "last_row": last & (word == params.words - 1)})
            rest()
        order = self.shuffled(rng, ticks) if rng.random() < 0.9 else ticks
        levels = {
            name: np.array([tick.get(name, 0) for tick in [*order, {}]], np.int64)
            for name in self.blank(1).dtype.names or ()
            if name not in ("tick", "data")
        }
        for name, counts_with in COUNTS_WITH.items():  # anything otherwise
            unused = ~np.any([levels[other] == 1 for other in counts_with], axis=0)
            levels[name][unused] = rng.integers(0, 2, unused.sum())
        data = rng.integers(0, 2, (len(order) + 1, params.word_bits)).astype(bool)
        rows = rows_from_levels(self, {**levels, "data": data})
        return with_pauses(rows, "store", "residual", "fetch", "next_column", count=5)

    def shuffled(self, rng: np.random.Generator, ticks: list[dict[str, int]]) -> list:
        """Merge stores and reads at random, each in its own order, after a full memory.

        What a word holds that was never stored is undefined: a reset leaves it as it is.
        """
        stores, used = [tick for tick in ticks if "store" in tick], self.params.used_words
        kinds = [stores[used:], [tick for tick in ticks if "store" not in tick]]
        turns = rng.permutation(np.repeat([0, 1], [len(kind) for kind in kinds]))
        walks = [iter(kind) for kind in kinds]
        order = stores[:used]
        moves = False  # the tick before is one of `next_column` alone, which is no access
        for tick in (next(walks[turn]) for turn in turns):
            if moves and ("store" in tick or "residual" in tick) and rng.random() < 0.5:
                order[-1] = order[-1] | tick
                moves = False
            else:
                order.append(tick)
                moves = "next_column" in tick
        return order

    def program(self):
        """Yield the commands that read one output's window after the other."""
        params, layer = self.params, self.params.layer
        while True:
            for x, y in outputs(layer):
                ticks, left = [], y * layer.stride - layer.padding
                rows = new_rows(layer, x)
                for row in rows:
                    inside = 0 <= row < layer.height
                    for column in range(left, left + layer.kernel):
                        pad = int(not (inside and 0 <= column < layer.width))
                        ticks += [{"fetch": 1, "pad": pad} for _ in range(params.words)]
                    ticks[-1] |= {"next_row": int(inside), "skip": int(row == rows[-1])}
                if x == layer.height_out - 1:
                    ends = int(y == layer.width_out - 1)
                    ticks.append({"next_column": 1, "next_image": ends})
                yield ticks

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Every kind of access, both ends of the memory, padding, wraps."""
        filled = every_tick(rows)
        bins = {
            f"accesses of kind {kind}": (records["kind"] == kind).sum()
            for kind in (STORE, FETCH, RESIDUAL)
        }
        bins["the first word"] = (records["address"] == 0).sum()
        bins["the last word"] = (records["address"] == self.params.used_words - 1).sum()
        bins["the next column"] = filled["next_column"].sum()
        if self.params.layer.padding:
            bins["padding"] = (filled["pad"] & filled["fetch"]).sum()
        return bins

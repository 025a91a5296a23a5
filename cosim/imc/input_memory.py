"""Bench of the input memory: every access, in the order of real layers, and in no order at all."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench, Choose
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.pins import Pins, held
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels, up
from goldspike.cosim.imc.shared.stimulus import word_rows
from goldspike.cosim.imc.shared.varied import vary_memory
from goldspike.hdl.imc.input_memory import InputMemory
from goldspike.model.imc.input_memory import (
    FETCH,
    RESIDUAL,
    STORE,
    InputMemoryModel,
    InputMemoryParams,
)
from goldspike.model.imc.shared.geometry import new_rows, outputs
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.model.trace import pack_bits

__all__ = ["BENCH", "InputMemoryBench", "memory"]


COUNTS_WITH = {
    "last_row": ("store", "residual"), "pad": ("fetch",), "next_row": ("fetch",),
    "skip": ("fetch",), "next_image": ("next_column",),
}  # fmt: skip
"""Inputs that mean something only while another one is up."""


def memory(word_bits: int = 128, depth: int = 512, **layer: int) -> InputMemoryParams:
    """Return parameters of a square layer."""
    side = layer.pop("side")
    shape = LayerParams(**{"height": side, "width": side, "outputs": 1, **layer})
    return InputMemoryParams(layer=shape, word_bits=word_bits, depth=depth)


class InputMemoryBench(Bench):
    """A step is a pixel stored; windows are read as they become complete."""

    rtl = InputMemory
    configs: ClassVar = {
        "28x16": memory(side=16, channels=28),
        "figure-8": memory(side=5, channels=20, padding=0, depth=30),
        "1x1": memory(side=4, channels=3, kernel=1, stride=2, padding=0, word_bits=8, depth=12),
        "stride-2": memory(side=7, channels=5, kernel=3, stride=2, word_bits=24, depth=42),
        "5x5": memory(side=6, channels=3, kernel=5, padding=2, word_bits=8, depth=90),
        "skipping": memory(side=8, channels=1, kernel=2, stride=3, padding=1, depth=16),
    }
    large: ClassVar = {
        "top": memory(side=17, channels=1, kernel=16, stride=16, padding=15, word_bits=8, depth=272)
    }
    published = "28x16"
    checks = Checks(
        group="memories, link, pooling",
        gates="stride-2",
        compared="layer.height=8,layer.width=8,layer.channels=1,layer.kernel=2,layer.stride=3,"
        "layer.padding=0,word_bits=8,depth=16",
        mutants=("5x5",),
        random=1,
        exclusions=(
            Exclusion(
                "bits",
                r"InputMemory\.(addr_[rsw]_0|address)\[[78]\]",
                "the published memory holds larger layers; `top` uses every word of one as deep",
            ),
        ),
        waves=True,
    )
    shown = "figure-8"
    steps = 300

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a small layer."""
        return vary_memory(choose)

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

    def accesses(self, rows: np.ndarray) -> Iterator[tuple[int, int, int | None, np.ndarray, bool]]:
        """Do what was seen, a word at a time; yield tick, kind, address, word, and whether blank.

        Padding has no address, and its word is zero.
        """
        model, filled = InputMemoryModel(self.params), every_tick(rows)
        data = word_rows(filled, "data", self.params.word_bytes)
        nothing = np.zeros(self.params.word_bytes, np.uint8)
        for row, word in zip(filled, data, strict=True):
            kind, place, last = None, None, bool(row["last_row"])
            if row["store"]:
                kind, place = STORE, model.store_data(word, last_row=last)
            elif row["fetch"]:
                kind = FETCH
                place = model.read_data(
                    pad=bool(row["pad"]), next_row=bool(row["next_row"]), skip=bool(row["skip"])
                )
            elif row["residual"]:
                kind, place = RESIDUAL, model.read_res(last_row=last)
            if row["next_column"]:
                model.next_column(next_image=bool(row["next_image"]))
            if kind is not None:
                shown = nothing if place is None else model.sram[place].copy()
                yield int(row["tick"]), kind, place, shown, model.blank

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Note every access that has an address."""
        records = [
            (tick, kind, place, pack_bits(np.unpackbits(word, bitorder="little")), blank)
            for tick, kind, place, word, blank in self.accesses(rows)
            if place is not None
        ]
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the words read; each stays until the next one."""
        reads = [(tick, word) for tick, kind, _, word, _ in self.accesses(rows) if kind != STORE]
        return {"word": held(np.array([t for t, _ in reads]), np.array([w for _, w in reads]))}

    def free(self, rows: np.ndarray, expected: np.ndarray, pins: Pins) -> Pins:
        """Leave the word open before the first read: a reset does not touch what was read last."""
        read = up(rows, "fetch", "residual")[:1]
        nothing = np.zeros((read.size, self.params.word_bits), bool)
        return {"word": held(read, nothing, 1)}

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


BENCH = InputMemoryBench

"""Bench of the input memory: every access, in the order of real layers, and in no order at all."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Choose
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pins import Pins, held
from goldspike.cosim.bench.stimulus import every_tick, up
from goldspike.cosim.imc.shared.stimulus import word_rows
from goldspike.cosim.imc.shared.varied import vary_memory
from goldspike.cosim.imc.stimuli.input_memory import InputMemoryStimulus
from goldspike.hdl.imc.input_memory import InputMemory
from goldspike.model.imc.input_memory import (
    FETCH,
    RESIDUAL,
    STORE,
    InputMemoryModel,
    InputMemoryParams,
)
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.model.trace import pack_bits

__all__ = ["BENCH", "InputMemoryBench", "memory"]


def memory(word_bits: int = 128, depth: int = 512, **layer: int) -> InputMemoryParams:
    """Return parameters of a square layer."""
    side = layer.pop("side")
    shape = LayerParams(**{"height": side, "width": side, "outputs": 1, **layer})
    return InputMemoryParams(layer=shape, word_bits=word_bits, depth=depth)


class InputMemoryBench(InputMemoryStimulus):
    """Layers with kernels of 1 to 5 pixels and strides of 1 to 3, with and without padding."""

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

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a small layer."""
        return vary_memory(choose)

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


BENCH = InputMemoryBench

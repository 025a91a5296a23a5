"""Bench of the scan chain: every field after every shift."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.stimuli.scan_chain import ScanChainStimulus
from goldspike.cosim.bench.bench import Bench, Choose
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins
from goldspike.cosim.bench.stimulus import every_tick
from goldspike.hdl.alwayson.scan_chain import ScanChain
from goldspike.model.alwayson.scan_chain import ScanChainModel, ScanChainParams

__all__ = ["BENCH", "ScanChainBench"]


def chain(*fields: tuple[str, int, int]) -> ScanChainParams:
    """Return a chain of fields, each of a name, bits and a value after reset."""
    return ScanChainParams(fields=fields)


class ScanChainBench(ScanChainStimulus):
    """The chains of neurons and of synapses, and shorter ones."""

    rtl = ScanChain
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {
        "synapses-128": chain(
            ("length", 7, 4), ("divide", 6, 1), ("idle", 7, 0), ("row", 7, 0), ("word", 128, 0)
        ),
        "neurons": chain(("length", 7, 1), ("divide", 6, 1), ("threshold", 8, 1)),
        "one": chain(("bit", 1, 1)),
        "three": chain(("length", 2, 1), ("idle", 1, 0)),
        "five": chain(("length", 1, 0), ("divide", 3, 5), ("row", 1, 1)),
    }
    published = "synapses-128"
    checks = Checks(
        group="synapse memory, scan chain",
        gates="five",
        mutants=("synapses-128",),  # of five bits there are fewer than are drawn
        synthesis="neurons",
        random=1,
    )
    shown = "five"

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose some fields, with values that fit."""
        fields = []
        for name in "abcd"[: choose(range(1, 5))]:
            bits = choose(range(1, 20))
            fields.append((name, bits, choose(range(1 << bits))))
        return {"fields": tuple(fields)}

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Shift what was seen."""
        model, every = ScanChainModel(self.params), every_tick(rows)
        every = every[every["scan"] == 1]
        records = np.zeros(every.size, self.layout.record_dtype)
        records["tick"] = every["tick"]
        for k, bit in enumerate(every["scan_in"]):
            model.shift(bool(bit))
            word = model.word
            for name in self.layout.dtype.names or ():
                records[name][k] = word[name]
        return records

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the chain bit by bit: all its fields side by side."""
        shifted = every_tick(rows)
        shifted = shifted["scan_in"][shifted["scan"] == 1] == 1
        line = np.concatenate([ScanChainModel(self.params).held, shifted])
        windows = np.lib.stride_tricks.sliding_window_view(line, self.params.bits)
        since = np.concatenate([[0], expected["tick"] + 1])
        return {"held": (since, windows), "scan_out": (since, windows[:, 0])}


BENCH = ScanChainBench

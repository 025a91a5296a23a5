"""What a scan chain holds, tick by tick, out of the bits that a run shifts in."""

import numpy as np

from goldspike.cosim.bench.pins import Course, held
from goldspike.model.alwayson.scan_chain import ScanChainParams

__all__ = ["Scanned"]


class Scanned:
    """A scan chain during a run.

    Parameters
    ----------
    params : ScanChainParams
    scan, scan_in : bool arrays (ticks,)
        The pins on ticks 1, 2, ...
    """

    def __init__(self, params: ScanChainParams, scan: np.ndarray, scan_in: np.ndarray) -> None:
        self.ticks = np.flatnonzero(scan) + 1
        bits = [params.scanned(), scan_in[self.ticks - 1] == 1]
        self.line = np.concatenate(bits).astype(np.int64)
        self.places: dict[str, range] = {}
        place = 0
        for name, bits, _ in params.fields:
            self.places[name] = range(place, place + bits)
            place += bits

    def after(self, ticks: np.ndarray, name: str) -> np.ndarray:
        """Return what a field of less than 63 bits holds after some ticks."""
        shifts = np.searchsorted(self.ticks, ticks, side="right")
        bits = [self.line[shifts + bit] << k for k, bit in enumerate(self.places[name])]
        return np.sum(bits, axis=0)

    @property
    def out(self) -> Course:
        """The course of the chain's end: first bit in, first bit out."""
        return held(self.ticks, self.line[1 : self.ticks.size + 1], int(self.line[0]))

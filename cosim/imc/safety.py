"""Input-memory safety, checked on the accesses that a circuit's trace shows.

No pixel is overwritten before its last use and none is read before it is written: both come down
to one check, that every read finds in its word the pixel that plain geometry says it must find.
Nothing here comes from the addresses that model or circuit compute.
"""

from collections.abc import Iterator
from itertools import count

import numpy as np

from cosim.scoreboard import LockstepError
from model.imc.geometry import reads
from model.imc.input_memory import FETCH, STORE, InputMemoryParams

__all__ = ["check_accesses"]


def arrivals(params: InputMemoryParams) -> Iterator[tuple[int, int, int, int]]:
    """Yield (image, y, x, word) in the order in which words arrive, and residuals leave."""
    layer = params.layer
    for image in count():
        for y in range(layer.width):
            for x in range(layer.height):
                for word in range(params.words):
                    yield image, y, x, word


def windows(params: InputMemoryParams) -> Iterator[tuple[int, int, int, int]]:
    """Yield (image, y, x, word) in the order in which windows need them."""
    for image in count():
        for x, y in reads(params.layer):
            for word in range(params.words):
                yield image, y, x, word


def check_accesses(params: InputMemoryParams, records: np.ndarray) -> int:
    """Check all accesses of a run; return how many reads were checked.

    Parameters
    ----------
    params : InputMemoryParams
    records : structured array
        The input memory's trace records, from reset on.

    Raises
    ------
    LockstepError
        At the first read that finds another pixel than it needs, or none.
    """
    held: dict[int, tuple[int, int, int, int]] = {}
    stored, fetched, passed = arrivals(params), windows(params), arrivals(params)
    checked = 0
    columns = (records[name].tolist() for name in ("tick", "kind", "address"))
    for tick, kind, address in zip(*columns, strict=True):
        if kind == STORE:
            held[address] = next(stored)
            continue
        needed = next(fetched if kind == FETCH else passed)
        checked += 1
        if held.get(address) != needed:
            image, y, x, word = needed
            raise LockstepError(
                f"tick {tick}: word {word} of pixel ({x}, {y}) of image {image} is needed, but "
                f"word {address} of the input memory holds {held.get(address, 'nothing')}"
            )
    return checked

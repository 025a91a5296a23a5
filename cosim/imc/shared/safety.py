"""Input-memory safety, checked on the accesses that a circuit's trace shows.

No pixel is overwritten before its last use and none is read before it is written: both come down
to one check, that every read finds in its word the pixel that plain geometry says it must find.
Nothing here comes from the addresses that model or circuit compute.
"""

from collections.abc import Iterator
from itertools import count

import numpy as np

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.model.imc.input_memory import FETCH, STORE, InputMemoryParams
from goldspike.model.imc.output_memory import OutputMemoryParams
from goldspike.model.imc.shared.array_state import POP, PUSH
from goldspike.model.imc.shared.geometry import reads

__all__ = ["check_safety", "queue_violations", "sum_violations", "violations"]

VIOLATION = np.dtype([("tick", "<i8"), ("address", "<i8"), ("needed", "<i8", (4,))])


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


def violations(params: InputMemoryParams, records: np.ndarray) -> np.ndarray:
    """Return the first read that finds another pixel than it needs, or none.

    Parameters
    ----------
    params : InputMemoryParams
    records : structured array
        The input memory's trace records, from reset on.

    Returns
    -------
    structured array (0 or 1,)
        Its tick, the word it read, and the pixel needed (image, y, x, word).
    """
    held: dict[int, tuple[int, int, int, int]] = {}
    stored, fetched, passed = arrivals(params), windows(params), arrivals(params)
    columns = (records[name].tolist() for name in ("tick", "kind", "address"))
    for tick, kind, address in zip(*columns, strict=True):
        if kind == STORE:
            held[address] = next(stored)
            continue
        needed = next(fetched if kind == FETCH else passed)
        if held.get(address) != needed:
            return np.array([(tick, address, needed)], VIOLATION)
    return np.array([], VIOLATION)


def sum_violations(records: np.ndarray) -> np.ndarray:
    """Return the first partial sum used that is not the one of its output, or none.

    Parameters
    ----------
    records : int (n, 3)
        Tick, kind (PUSH or POP) and place in the queue of one core's partial sums, from reset on.
        The n-th sum that comes is output n's, and so must be the n-th that is used.

    Returns
    -------
    int (0 or 1, 3)
        Tick, place, and the output whose sum was needed.
    """
    held: dict[int, int] = {}
    came = used = 0
    for tick, kind, place in records.tolist():
        if kind == PUSH:
            held[place] = came
            came += 1
            continue
        if held.get(place) != used:
            return np.array([(tick, place, used)])
        used += 1
    return np.zeros((0, 3), np.int64)


def queue_violations(params: OutputMemoryParams, records: np.ndarray) -> np.ndarray:
    """Return the first word of partial sums that leaves and is not the one due, or none.

    The n-th word lies in place n modulo the depth of the queue: one that came before there was
    room has overwritten one that was not used.

    Parameters
    ----------
    params : OutputMemoryParams
    records : structured array
        The queue's trace records, from reset on.

    Returns
    -------
    structured array (0 or 1,)
        Its tick, its place, and the word that was needed.
    """
    found = []
    for name, kind in (("popped", POP), ("pushed", PUSH)):
        ticks = records["tick"][records[name] == 1]
        places = np.arange(ticks.size) % params.depth
        found.append(np.stack([ticks, np.full(ticks.size, kind), places], axis=1))
    accesses = np.concatenate(found)
    order = np.argsort(accesses[:, 0], kind="stable")  # on one tick a word leaves first
    wrong = sum_violations(accesses[order])
    return np.array([(t, place, (n, 0, 0, 0)) for t, place, n in wrong.tolist()], VIOLATION)


def check_safety(parts: dict[str, np.ndarray]) -> None:
    """Make sure that no part called ``safety`` has a violation.

    Raises
    ------
    LockstepError
        With the first one, if there is any.
    """
    for name, found in parts.items():
        if name.endswith("safety") and found.size:
            tick, address, needed = found[0].tolist()
            raise LockstepError(f"tick {tick}, {name}: word {address} is not {tuple(needed)}")

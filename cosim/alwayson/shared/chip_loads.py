"""What a host does with a chip between two frames: it loads, and leaves other pins as they were."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from goldspike.model.alwayson.chip import ChipParams
from goldspike.model.alwayson.shared.chip_loading import Levels, join, load_row
from goldspike.model.alwayson.synapse_block import SynapseBlockParams, SynapseSettings

__all__ = ["REST", "Pieces", "leftovers", "quiet", "synapses_of"]

REST = 6
"""Ticks between what is over and what comes next."""

Pieces = dict[str, np.ndarray]
"""The levels of all input pins on some ticks."""


def synapses_of(
    params: ChipParams, sizes: tuple[int, ...], block: int
) -> tuple[SynapseBlockParams, SynapseSettings, int, int]:
    """Return a synapse block, its settings, and rows and columns that the network uses."""
    found = params.cores[block // 2].synapses
    rows, columns = sizes[block // 2 : block // 2 + 2]
    return found, replace(found.settings, idle=found.columns - columns), rows, columns


def leftovers(rng: np.random.Generator, params: ChipParams, sizes: tuple[int, ...]) -> list[Levels]:
    """Return what leaves rows in the chains that no memory holds; then loads of neurons.

    Nothing comes of those; of the rows only what is written before others come in.
    """
    found = []
    for block in range(1, params.blocks, 2):
        synapses, settings, rows, columns = synapses_of(params, sizes, block)
        word = rng.choice([-1, 1], columns)
        left = load_row(block, synapses, settings, int(rng.integers(0, rows)), word)
        found.append(left._replace(load=np.zeros_like(left.load)))
    for block in range(0, params.blocks, 2):
        found.append(Levels(*(np.array([level]) for level in (False, block, False, True))))
    return found


def quiet(
    rng: np.random.Generator, params: ChipParams, names: Sequence[str], before: list[Pieces],
    loads: list[Levels],
) -> Pieces:  # fmt: skip
    """Return the levels of all pins while a chip is loaded, and a few ticks more.

    The first bit comes with the clear that ended the frame before, if one did. Strobe and
    freeze stay up meanwhile where they were; some rows are written as the next one comes in.
    """
    load = with_next(rng, join(loads))
    held = {"strobe": 0, "freeze": 0}
    if before and before[-1]["clear"][-1]:
        last, first = before[-1], Levels(*(level[0] for level in load))
        for name, level in first._asdict().items():
            last[name][-1] = level
        last["load"][-1] |= first.scan_block % 2  # the chain still holds a row
        load = Levels(*(level[1:] for level in load))
        held = {name: int(last[name][-1]) for name in held}
    count = len(load.scan) + REST
    found = {name: np.zeros(count, np.int64) for name in names}
    for name, level in load._asdict().items():
        found[name][: len(level)] = level
    for name, level in held.items():
        found[name][:-REST] = level
    # without a strobe that rises
    found["address"] = rng.integers(0, 1 << params.aer_input.address_bits, count)
    found["negative"] = rng.integers(0, 2, count)
    found["scan_block"][-REST:] = rng.integers(0, params.blocks, REST)
    found["scan_in"][-REST:] = rng.integers(0, 2, REST)
    return found


def with_next(rng: np.random.Generator, load: Levels) -> Levels:
    """Let some rows be written on the tick on which the first bit of the block's next comes in."""
    same = load.scan_block[:-1] == load.scan_block[1:]
    ends = np.flatnonzero((load.load[:-1] == 1) & (load.scan[1:] == 1) & same)
    ends = ends[rng.random(ends.size) < 0.5]
    found = Levels(*(level.copy() for level in load))
    found.load[ends + 1] = 1
    return Levels(*(np.delete(level, ends) for level in found))

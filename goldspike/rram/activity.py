"""How often the flip-flops after the ADCs change, counted conversion by conversion.

The golden models of shift-add and accumulator run over random cells; the registers' bits that
change from one conversion to the next are counted, of all bits that there are.
"""

import numpy as np

from goldspike.model.rram.accumulator import AccumulatorModel
from goldspike.model.rram.array import ArrayModel
from goldspike.model.rram.macro import MacroParams
from goldspike.model.rram.shift_add import ShiftAddModel
from goldspike.model.rram.word_line_controller import groups

__all__ = ["toggle_rates"]


def toggle_rates(params: MacroParams, seed: int, density: float = 1.0) -> tuple[float, float]:
    """Return the parts of the shift-add's and of the sums' flip-flops that change per conversion.

    Parameters
    ----------
    params : MacroParams
    seed : int
        Of cells, half of them on, and of inputs.
    density : float
        Part of the inputs' bits that is 1.
    """
    rng = np.random.default_rng(seed)
    array = ArrayModel(params.array)
    array.cells[:] = rng.integers(0, 2, array.cells.shape)
    bits = rng.random((params.rows, params.input_bits)) < density
    vector = (bits << np.arange(params.input_bits)).sum(axis=1)
    precision = len(params.precisions) - 1
    changed = np.zeros(2, np.int64)
    conversions = 0
    shift_add, sums = ShiftAddModel(params.shift_add), AccumulatorModel(params.accumulator)
    for group in groups(vector, params.controller):
        word_lines = np.zeros(params.rows, bool)
        word_lines[group.rows] = True
        levels = array.levels(word_lines)[: params.share]
        for select, code in enumerate(levels.tolist()):
            before = shift_add.partial
            valid, slot = shift_add.take(code, select, precision)
            changed[0] += flips(before, shift_add.partial, params.shift_add.partial_bits)
            conversions += 1
            if not valid:
                continue
            before = int(sums.sums[slot])
            sums.tick(add=True, partial=shift_add.partial, slot=slot, first=group.first)
            width = params.accumulator.sum_bits(slot)
            changed[1] += flips(before, int(sums.sums[slot]), width)
    whole = np.array([params.shift_add.partial_bits, params.accumulator.flip_flops])
    rates = changed / (conversions * whole)
    return float(rates[0]), float(rates[1])


def flips(before: int, after: int, width: int) -> int:
    """Return in how many bits two numbers of a register differ."""
    return ((before ^ after) & ((1 << width) - 1)).bit_count()

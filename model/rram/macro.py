"""The macro: vectors stream in, exact products of vector and weights stream out.

Ref: Lu 2021, Fig. 6, Table 2: 128 x 128 cells, inputs of 8 bits applied bit-serially, weights of 1,
2, 4 or 8 bits in adjacent columns (128 / p logical columns), 16 ADCs of 3 bits, each shared by 8
columns. Logical column l of weights of p bits lies in columns ``p * l .. p * l + p - 1``, lowest
bit first; its ADC is number ``p * l // share`` and its slot there ``p * l % share // p``.

A vector's way, from the tick t on which it is started (the paper gives clock cycles of a conversion
only; this pipeline is ours, one register between stages):

====================  ==============================================================
t                     totals are cleared, the vector goes to the word-line controller
t + 2 ..              conversions, ``c = share * sum(ceil(ones / rows_at_once))`` ticks
t + c + 1             last conversion: the sense amplifiers latch at its end
t + c + 2             the last code is at the shift-add
t + c + 3             the last partial sum is at the accumulators
t + c + 4             the last plane is added
t + c + 5             the first product is at the output
====================  ==============================================================

**Input**: `lanes` inputs per word, row 0 in the lowest bits of the first word; rows beyond the last
are ignored. A whole vector is buffered while the one before is computed. **Precision and sign** of
the inputs are read with a vector's first word. **Output**: a logical column per word, ascending, as
a two's complement number; the next vector starts on the tick after the last one was taken.
**Writing**: a row of cells per tick, never while a vector is computed (`write_ready`). A reset
forgets everything but the cells.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.jit import njit
from goldspike.model.params import require_int
from goldspike.model.rram.accumulator import AccumulatorParams
from goldspike.model.rram.array import ArrayParams
from goldspike.model.rram.flash_adc import FlashAdcParams
from goldspike.model.rram.shift_add import ShiftAddParams
from goldspike.model.rram.word_line_controller import WordLineControllerParams
from goldspike.model.trace import Field, TraceLayout

__all__ = ["LATENCY", "MacroParams", "logical_weights", "products", "simulate", "weight_cells"]

LATENCY = 5
"""Ticks from the start of a vector to its first product, conversions aside."""


@dataclass(frozen=True, kw_only=True)
class MacroParams:
    """A macro.

    Parameters
    ----------
    rows : int
        Word-lines.
    adcs, share, adc_bits : int
        ADCs, columns that share one, bits of a code.
    input_bits : int
        Bits of an input.
    lanes : int
        Inputs of a word of the input stream.
    """

    rows: int = 128
    adcs: int = 16
    share: int = 8
    adc_bits: int = 3
    input_bits: int = 8
    lanes: int = 8

    def __post_init__(self) -> None:
        require_int("lanes", self.lanes, 1, 1024)
        _ = self.controller, self.array, self.adc, self.accumulator  # which check the rest

    @property
    def columns(self) -> int:
        """Columns of cells."""
        return self.adcs * self.share

    @property
    def words(self) -> int:
        """Words of the input stream per vector."""
        return -(-self.rows // self.lanes)

    @property
    def controller(self) -> WordLineControllerParams:
        """Its word-line controller."""
        return WordLineControllerParams(
            rows=self.rows, input_bits=self.input_bits, adc_bits=self.adc_bits, share=self.share
        )

    @property
    def array(self) -> ArrayParams:
        """Its cells."""
        return ArrayParams(rows=self.rows, columns=self.columns, level_bits=self.adc_bits)

    @property
    def adc(self) -> FlashAdcParams:
        """Its ADCs."""
        return FlashAdcParams(adcs=self.adcs, share=self.share, bits=self.adc_bits)

    @property
    def shift_add(self) -> ShiftAddParams:
        """Each ADC's shift-add."""
        return ShiftAddParams(share=self.share, adc_bits=self.adc_bits)

    @property
    def accumulator(self) -> AccumulatorParams:
        """Each ADC's accumulators."""
        return AccumulatorParams(
            rows=self.rows,
            input_bits=self.input_bits,
            share=self.share,
            adc_bits=self.adc_bits,
        )

    @property
    def precisions(self) -> tuple[int, ...]:
        """Bits that a weight may have; pin `precision` is the index of one of them."""
        return self.shift_add.precisions

    @property
    def product_bits(self) -> int:
        """Bits of a product, two's complement."""
        return self.accumulator.bits

    @property
    def parts(self) -> tuple[tuple[str, TraceLayout], ...]:
        """What is traced, by part.

        ``controller``: every conversion, as the controller traces it. ``products``, with the tick
        that adds a vector's last plane, ``t + c + 4``: all totals, ADC by ADC; slots that the
        precision does not use hold 0.
        """
        totals = TraceLayout((Field("totals", self.product_bits, self.columns),))
        return (("controller", self.controller.trace), ("products", totals))

    @property
    def trace(self) -> TraceLayout:
        """The parts side by side, traced on every tick on which one of them is."""
        return TraceLayout.combined(self.parts)


def weight_cells(weights: np.ndarray, bits: int) -> np.ndarray:
    """Return weights as cells.

    Parameters
    ----------
    weights : int (rows, n)
        Two's complement numbers of `bits` bits; 0 or 1 if `bits` is 1.

    Returns
    -------
    uint8 (rows, n * bits)
        Lowest bit first.
    """
    planes = weights[:, :, None] >> np.arange(bits) & 1
    return planes.reshape(weights.shape[0], -1).astype(np.uint8)


def logical_weights(cells: np.ndarray, bits: int) -> np.ndarray:
    """Return the weights that cells (rows, columns) hold, int64 (rows, columns // bits)."""
    places = np.int64(1) << np.arange(bits)
    if bits > 1:
        places[-1] = -places[-1]
    return cells.reshape(cells.shape[0], -1, bits).astype(np.int64) @ places


def products(inputs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return what the macro computes: plain integer products, int64 (..., columns)."""
    return inputs.astype(np.int64) @ weights.astype(np.int64)


@njit
def ticks_of(planes: np.ndarray, rows_at_once: int, share: int) -> int:
    """Return a vector's conversion ticks from its inputs as unsigned numbers (rows,)."""
    total = 0
    for plane in range(8):
        ones = 0
        for row in range(planes.size):
            ones += planes[row] >> plane & 1
        total += (ones + rows_at_once - 1) // rows_at_once
    return share * total


@njit
def simulate(
    shape: np.ndarray,
    cells: np.ndarray,
    pins_in: np.ndarray,
    words_in: np.ndarray,
    rows_in: np.ndarray,
    pins_out: np.ndarray,
    totals_out: np.ndarray,
    ends: np.ndarray,
) -> int:
    """Run the macro tick by tick; return how many vectors were computed.

    Parameters
    ----------
    shape : int64 (6,)
        rows, adcs, share, rows_at_once, input_bits, lanes.
    cells : uint8 (rows, columns), changed by writes
    pins_in : int64 (ticks, 7)
        Inputs on every tick: in_valid, precision, signed_inputs, out_ready, write, write_row,
        reset.
    words_in : uint8 (ticks, lanes)
        The word at the input.
    rows_in : uint8 (ticks, columns)
        The row at the writing port.
    pins_out : int64 (ticks, 6), written
        Outputs on every tick: in_ready, out_valid, out_data, out_last, write_ready, busy.
    totals_out : int64 (vectors, columns), ends : int64 (vectors,), written
        Every computed vector's totals, ADC by ADC, and the tick that completed them, as traced.
    """
    rows, adcs, share, rows_at_once, input_bits, lanes = shape
    columns, words = adcs * share, (rows + lanes - 1) // lanes
    buffer, vector = np.zeros(words * lanes, np.int64), np.zeros(rows, np.int64)
    totals = np.zeros(columns, np.int64)
    filled, pending, pending_signed = 0, 0, 0  # words in the buffer, and what came with the first
    remaining, precision = 0, 0  # ticks until the products are there; 0 while nothing is computed
    shown, computed = -1, 0  # the product at the output
    for tick in range(pins_in.shape[0]):
        in_valid, new_precision, new_signed, out_ready, write, write_row, reset = pins_in[tick]
        full, computes, drains = filled == words, remaining > 0, shown >= 0
        bits = 1 << precision
        last = drains and shown == columns // bits - 1
        pins_out[tick, 0] = not full
        pins_out[tick, 1] = drains
        pins_out[tick, 2] = (
            totals[shown * bits // share * share + shown * bits % share // bits] if drains else 0
        )
        pins_out[tick, 3] = last
        pins_out[tick, 4] = not computes
        pins_out[tick, 5] = computes or drains or full or in_valid != 0 or write != 0
        if write and not computes:
            cells[write_row] = rows_in[tick]
        if drains and out_ready:
            shown = -1 if last else shown + 1
        if computes:
            remaining -= 1
            if remaining == 0:
                totals_out[computed], ends[computed] = totals, tick
                computed, shown = computed + 1, 0
        elif full and not drains:  # start
            filled, precision = 0, pending
            vector[:] = buffer[:rows]
            remaining = ticks_of(vector, rows_at_once, share) + 4
            add_products(vector, pending_signed, input_bits, cells, precision, share, totals)
        if in_valid and not full:
            if filled == 0:
                pending, pending_signed = new_precision, new_signed
            for lane in range(lanes):
                buffer[filled * lanes + lane] = words_in[tick, lane]
            filled += 1
        if reset:
            filled, remaining, shown = 0, 0, -1
    return computed


@njit
def add_products(
    vector: np.ndarray,
    signed: int,
    input_bits: int,
    cells: np.ndarray,
    precision: int,
    share: int,
    totals: np.ndarray,
) -> None:
    """Write a vector's products, at the place of their ADC and slot; other slots hold 0."""
    bits = 1 << precision
    totals[:] = 0
    for first in range(0, totals.size, bits):
        total = 0
        for row in range(vector.size):
            number = vector[row]
            if signed and number >> (input_bits - 1) & 1:
                number -= 1 << input_bits
            for place in range(bits):
                term = number * cells[row, first + place] << place
                total += -term if place == bits - 1 and bits > 1 else term
        totals[first // share * share + first % share // bits] = total

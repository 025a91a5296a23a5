"""Column multiplexers and flash ADCs: from bit-line levels to binary codes.

Ref: Lu 2021, 'NeuroSim Settings', Fig. 2B; see :mod:`goldspike.model.rram.flash_adc`. All ADCs do
the same at once, so their signals are kept as words with a line per ADC: a word per bit of the
levels, and a word per sense amplifier, which the encoder adds up line by line.
"""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.rram.array import add_words
from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.rram.flash_adc import FlashAdcParams

__all__ = ["FlashAdc"]


class FlashAdc(wiring.Component):
    """A conversion per tick and ADC; codes are there on the next tick, until the next sample.

    Bit-exact against :func:`goldspike.model.rram.flash_adc.sense` and ``encode`` there.

    Members
    -------
    sample : In(1)
        The sense amplifiers latch at the end of this tick.
    levels : In(bits * columns)
        Level of every bit-line: bit k of column c at ``k * columns + c``.
    column : In(3)
        Which of its columns each ADC looks at, below `share`.
    valid : Out(1)
        The tick after `sample`.
    codes : Out(adcs * bits)
        The codes, ADC 0 in the lowest bits.
    """

    sample: Signal
    levels: Signal
    column: Signal
    valid: Signal
    codes: Signal

    def __init__(self, params: FlashAdcParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "sample": In(1),
                "levels": In(params.bits * params.columns),
                "column": In(3),
                "valid": Out(1),
                "codes": Out(params.adcs * params.bits),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        params = self.params
        latches = [Signal(params.adcs, name=f"amplifiers_{k}") for k in range(params.amplifiers)]
        selected = self.selected()
        m.d.sync += self.valid.eq(self.sample)
        with m.If(self.sample):
            m.d.sync += [latch.eq(self.above(selected, k)) for k, latch in enumerate(latches)]
        m.d.comb += self.codes.eq(Cat(self.encode(m, latches)))
        if self.trace:
            codes = [self.codes.word_select(adc, params.bits) for adc in range(params.adcs)]
            thermometers = [Cat(latch[adc] for latch in latches) for adc in range(params.adcs)]
            word = pack(params.trace, thermometers=thermometers, codes=codes)
            drive_trace(m, self, self.sample, word)
        return m

    def selected(self) -> list[Value]:
        """Return the levels that the ADCs look at: a word per bit, lowest first."""
        params = self.params
        levels = (self.levels.word_select(k, params.columns) for k in range(params.bits))
        return [
            Cat(self.chosen(level.word_select(adc, params.share)) for adc in range(params.adcs))
            for level in levels
        ]

    def chosen(self, served: Value) -> Value:
        """Return the column of an ADC's that is selected."""
        return served.bit_select(self.column[: self.params.share.bit_length() - 1], 1)

    def above(self, levels: Sequence[Value], reference: int) -> Value:
        """Return which ADCs' level is above a reference: what sense amplifiers say."""
        greater: Value = Const(0, self.params.adcs)
        for bit, word in enumerate(levels):
            greater = word & greater if reference >> bit & 1 else word | greater
        return greater

    def encode(self, m: Module, amplifiers: Sequence[Value]) -> list[Value]:
        """Return the codes: how many of each ADC's sense amplifiers are up."""
        words, _ = add_words(m, amplifiers, self.params.bits)
        return [Cat(word[adc] for word in words) for adc in range(self.params.adcs)]

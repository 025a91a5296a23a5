"""Proof of the flash ADCs: codes are the levels that were sampled, and bubbles do little harm.

One arbitrary ADC is followed. The encoder is also asked for the code of its thermometer with one
arbitrary amplifier that decides wrongly.
"""

from itertools import pairwise
from typing import ClassVar

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.rram.flash_adc import FlashAdc
from goldspike.model.rram.flash_adc import FlashAdcParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "FlashAdcProof"]


@bug_in(FlashAdc, FlashAdc.chosen)
def first_column(self, served):
    """Look at the first column always."""
    return served[0]


@bug_in(FlashAdc, FlashAdc.encode)
def highest_amplifier(self, m, amplifiers):
    """Encode the number of the highest amplifier that is up."""
    codes = []
    for adc in range(self.params.adcs):
        code = Const(0, self.params.bits)
        for k, amplifier in enumerate(amplifiers):
            code = Mux(amplifier[adc], k + 1, code)
        codes.append(code)
    return codes


@bug_in(FlashAdc)
def never_rests(m, dut, inside):
    """Compare on every tick."""
    for k in range(dut.params.amplifiers):
        m.d.sync += inside(f"amplifiers_{k}").eq(Cat(dut.above(dut.selected(), k)))


@bug_in(FlashAdc)
def says_so_always(m, dut, inside):
    """Say that codes are new once there are any."""
    with m.If(dut.valid):
        m.d.sync += dut.valid.eq(1)


@bug_in(FlashAdc, FlashAdc.above)
def one_reference_for_two(self, levels, reference):
    """Compare with the reference above where there is one, but at the top."""
    wrong = reference == 0 and self.params.amplifiers > 1
    return Const(0, self.params.adcs) if wrong else FlashAdc.above(self, levels, reference)


class FlashAdcProof(Proof):
    """Any levels, sampled at any times."""

    rtl = FlashAdc
    configs: ClassVar = {
        "1x1": FlashAdcParams(adcs=1, share=1, bits=1),
        "2x2": FlashAdcParams(adcs=2, share=2, bits=2),
        "3x4": FlashAdcParams(adcs=3, share=4, bits=4),
        "published": FlashAdcParams(),
    }
    quick = ("1x1", "2x2")
    search = 6
    bugs: ClassVar = {
        "a code is the level of the column that was selected": first_column,
        "an amplifier that decides wrongly changes the code by 1": highest_amplifier,
        "codes are held until the next sample": never_rests,
        "valid on the tick after a sample": says_so_always,
        "no bubbles: with an amplifier all lower ones are up": one_reference_for_two,
    }

    def properties(self, m: Module) -> None:
        """Follow an ADC; only columns that there are are selected."""
        dut, params = self.dut, self.params
        self.assumes("a column that there is", dut.column < params.share)
        adc = self.any_value("adc", params.adcs)
        wrong = self.any_value("amplifier", params.amplifiers)
        latches = [self.inside(f"amplifiers_{k}") for k in range(params.amplifiers)]
        code = dut.codes.word_select(adc, params.bits)
        expected, was = Signal(params.bits), Signal(params.bits)
        sampled = Signal()
        sliced = (dut.levels.word_select(k, params.columns) for k in range(params.bits))
        columns = [bits.word_select(adc, params.share) for bits in sliced]
        level = Cat(Array(bits)[dut.column] for bits in columns)
        m.d.sync += [was.eq(code), sampled.eq(dut.sample)]
        with m.If(dut.sample):
            m.d.sync += expected.eq(level)
        self.holds("a code is the level of the column that was selected", code == expected)
        bubbled = [latch ^ (wrong == k).replicate(params.adcs) for k, latch in enumerate(latches)]
        other = Array(dut.encode(m, bubbled))[adc]
        up = Array(latches)[wrong].bit_select(adc, 1)
        self.holds(
            "an amplifier that decides wrongly changes the code by 1",
            other == Mux(up, code - 1, code + 1),
        )
        since = Signal()  # there was a tick before, and no reset on it
        m.d.sync += since.eq(1)
        self.holds("codes are held until the next sample", ~since | sampled | (code == was))
        self.holds("valid on the tick after a sample", dut.valid == sampled)
        lines = [latch.bit_select(adc, 1) for latch in latches]
        self.holds(
            "no bubbles: with an amplifier all lower ones are up",
            Cat(lower | ~upper for lower, upper in pairwise(lines)).all(),
        )
        for k, line in enumerate(lines):
            self.helps(f"amplifier {k}", line == (expected > k))
        self.reaches("the top code", code == params.amplifiers)


PROOF = FlashAdcProof

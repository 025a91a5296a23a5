"""The core's source of random bits: a Galois shift register that leaps.

Ref: see :mod:`goldspike.model.truenorth.prng`. All shifts of a draw happen at once. Bit k that is
shifted out is the register's own bit k plus, for each tap t, the bit shifted out ``1 + t`` before
it, which that tap has carried back to the lowest place: the register divided by a polynomial f.
Division goes by squaring, ``1 / f = f * f**2 * f**4 ...`` in GF(2), where squares have as few terms
as f itself. What was shifted out then comes in once more, at each tap.
"""

from functools import reduce
from operator import xor

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.truenorth.prng import PrngParams

__all__ = ["Prng"]


class Prng(wiring.Component):
    """Up to two draws per tick, of which the bits are there before they are taken.

    Bit-exact against :func:`goldspike.model.truenorth.prng.advanced`.

    Members
    -------
    load : In(1)
        Take `seed`; wins over `take`. A seed of 0 stays 0.
    seed : In(bits)
        What the register holds from the next tick on.
    take : In(2)
        How many draws are used on this tick: 0, 1 or 2, never 3.
    first, second : Out(draw_bits)
        What the next draw gives, and the one after it.
    state : Out(bits)
        The register, 1 after reset.
    """

    load: Signal
    seed: Signal
    take: Signal
    first: Signal
    second: Signal
    state: Signal

    def __init__(self, params: PrngParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "load": In(1),
                "seed": In(params.bits),
                "take": In(2),
                "first": Out(params.draw_bits),
                "second": Out(params.draw_bits),
                "state": Out(params.bits, init=1),  # type: ignore[call-arg]
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        once = self.advanced(m, "once", self.state)
        twice = self.advanced(m, "twice", once)
        m.d.comb += [self.first.eq(once), self.second.eq(twice)]
        with m.If(self.load):
            m.d.sync += self.state.eq(self.seed)
        with m.Elif(self.take[1]):
            m.d.sync += self.state.eq(twice)
        with m.Elif(self.take[0]):
            m.d.sync += self.state.eq(once)

        if self.trace:
            drive_trace(
                m, self, self.load | self.take.any(), pack(self.params.trace, state=self.state)
            )
        return m

    def advanced(self, m: Module, name: str, state: Value) -> Signal:
        """Return the register after the shifts of a draw."""
        params, shifts = self.params, self.params.shifts
        taps = [place for place in range(params.bits) if params.taps >> place & 1]
        out = Signal(shifts, name=f"out_{name}")
        divided: Value = state[:shifts]
        power = 1
        while power < shifts:
            late = [power * (tap + 1) for tap in taps if power * (tap + 1) < shifts]
            width = min(shifts, len(divided) + max(late, default=0))
            step = Signal(width, name=f"divided_{name}_{power}")
            m.d.comb += step.eq(reduce(xor, (divided << by for by in late), divided))
            divided, power = step, 2 * power
        m.d.comb += out.eq(divided)
        back = [placed(out, tap - (shifts - 1)) for tap in taps]
        after = Signal(params.bits, name=f"after_{name}")
        m.d.comb += after.eq(reduce(xor, back, state >> shifts))
        return after


def placed(value: Value, by: int) -> Value:
    """Return a value shifted left, or right if `by` is negative."""
    return value << by if by >= 0 else value >> -by

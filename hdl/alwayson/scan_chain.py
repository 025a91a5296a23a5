"""Scan chain: settings and weights enter bit by bit, and stay.

Ref: Chundi 2021, "Chip Prototype". Order: :mod:`goldspike.model.alwayson.scan_chain`.
"""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.alwayson.scan_chain import ScanChainParams

__all__ = ["ScanChain"]


class ScanChain(wiring.Component):
    """A shift register, one bit per tick; what was shifted in first ends lowest.

    Bit-exact against :class:`goldspike.model.alwayson.scan_chain.ScanChainModel`. Proved
    (:mod:`goldspike.proofs.alwayson.scan_chain`): a bit that enters leaves as many shifts later as
    the chain is long, unchanged; without a shift nothing moves.

    Members
    -------
    scan : In(1), scan_in : In(1)
        Shift a bit in at the top.
    scan_out : Out(1)
        The lowest bit, which leaves with the next shift. A register.
    held : Out(bits)
        All fields side by side, the first lowest; registers, which are in `fields` by name.
    """

    scan: Signal
    scan_in: Signal
    scan_out: Signal
    held: Signal

    def __init__(self, params: ScanChainParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        self.fields = {
            name: Signal(bits, name=name, init=init) for name, bits, init in params.fields
        }
        self.chain = Cat(self.fields.values())
        super().__init__(
            {
                "scan": In(1),
                "scan_in": In(1),
                "scan_out": Out(1),
                "held": Out(params.bits),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        m.d.comb += [self.held.eq(self.chain), self.scan_out.eq(self.held[0])]
        with m.If(self.scan):
            m.d.sync += self.chain.eq(Cat(self.chain[1:], self.scan_in))
        if self.trace:
            drive_trace(m, self, self.scan, pack(self.params.trace, **self.fields))
        return m

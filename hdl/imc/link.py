"""Link: word-serial, to one core or several, within its bandwidth.

Ref: Dazzi 2021, sections 2.4 and 3.1.4, Eq. 7; see :mod:`goldspike.model.imc.link`. It stores
nothing: a receiver's `ready` goes back to the sender on the same tick, and does not depend on
`valid`.
"""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.imc.link import LinkParams

__all__ = ["Link"]


class Link(wiring.Component):
    """A word per tick, no latency.

    Bit-exact against :class:`goldspike.model.imc.link.LinkModel`.

    Members
    -------
    step : In(1)
        A timestep begins: as many pixels as the bandwidth allows may begin from the next tick on.
    valid : In(1), word : In(word_bits), ready : Out(1)
        The sender's side.
    o_valid : Out(receivers), o_word : Out(word_bits), o_ready : In(receivers)
        The receivers' side: all lines of `o_valid` are up while a word is carried. `o_word` is
        `word` at all times.
    """

    step: Signal
    valid: Signal
    word: Signal
    ready: Signal
    o_valid: Signal
    o_word: Signal
    o_ready: Signal

    def __init__(self, params: LinkParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "step": In(1),
                "valid": In(1),
                "word": In(params.word_bits),
                "ready": Out(1),
                "o_valid": Out(params.receivers),
                "o_word": Out(params.word_bits),
                "o_ready": In(params.receivers),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        params = self.params
        left = Signal(range(params.pixels + 1))
        word = Signal(range(max(2, params.words)))
        carries = Signal()
        m.d.comb += [
            self.ready.eq(self.takes() & ((left != 0) | (word != 0))),
            carries.eq(self.valid & self.ready),
            self.o_valid.eq(carries.replicate(params.receivers)),
            self.o_word.eq(self.word),
        ]
        with m.If(carries):
            m.d.sync += word.eq(Mux(word == params.words - 1, 0, word + 1))
            with m.If(word == 0):
                m.d.sync += left.eq(left - 1)
        with m.If(self.step):
            m.d.sync += left.eq(params.pixels)
        if self.trace:
            carried = Signal.like(self.word)
            m.d.sync += carried.eq(self.word)
            drive_trace(m, self, carries, pack(params.trace, word=carried, left=left))
        return m

    def takes(self) -> Value:
        """Return whether every receiver would take a word."""
        return self.o_ready.all()

"""Stream: pixels from one or several senders to one or several receivers, part by part.

Ref: Dazzi 2021, sections 2.4 and 2.4.4. Every sender has a link of its own, to all receivers. A
pixel begins when every sender offers its part and every receiver takes its own; then the senders'
words follow each other without a gap, and each receiver sees only those that are for it.
"""

from functools import reduce
from operator import and_

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.imc.link import Link
from goldspike.hdl.verilog import name_ports
from goldspike.model.imc.shared.stream import StreamParams

__all__ = ["Stream"]


class Stream(wiring.Component):
    """A word per tick, no latency.

    Members
    -------
    step : In(1)
        A timestep begins: as many pixels as the bandwidth allows may begin from the next tick on.
    valid : In(senders), word : In(senders * word_bits), ready : Out(senders)
        The senders' side, the first lowest.
    o_valid : Out(receivers), o_word : Out(word_bits), o_ready : In(receivers)
        The receivers' side: a line of `o_valid` is up while a word for that receiver is carried.
    """

    step: Signal
    valid: Signal
    word: Signal
    ready: Signal
    o_valid: Signal
    o_word: Signal
    o_ready: Signal

    def __init__(self, params: StreamParams) -> None:
        self.params = params
        senders, receivers = len(params.senders), len(params.receivers)
        super().__init__(
            {
                "step": In(1),
                "valid": In(senders),
                "word": In(senders * params.word_bits),
                "ready": Out(senders),
                "o_valid": Out(receivers),
                "o_word": Out(params.word_bits),
                "o_ready": In(receivers),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        params = self.params
        number = Signal(range(max(2, params.words)))  # of the word that comes next, in its pixel
        turn = Signal(range(max(2, len(params.senders))))  # of the sender
        first = Signal()
        carries = Signal()
        last_words = [sum(params.senders[: k + 1]) - 1 for k in range(len(params.senders))]
        for_each = [self.is_for(number, *part) for part in params.receivers]
        takes = Cat(
            ready | ~(first | mine) for ready, mine in zip(self.o_ready, for_each, strict=True)
        )
        begins = self.joined() & self.in_time(m)
        links = [Link(link) for link in params.links]
        for k, link in enumerate(links):
            m.submodules[f"link_{k}"] = link
            mine = (turn == k) & (~first | begins)
            m.d.comb += [
                link.step.eq(self.step),
                link.valid.eq(self.valid[k] & mine),
                link.word.eq(self.word.word_select(k, params.word_bits)),
                link.o_ready.eq(takes),
                self.ready[k].eq(link.ready & mine),
            ]
        m.d.comb += [
            first.eq(number == 0),
            carries.eq(Cat(link.o_valid[0] for link in links).any()),
            self.o_word.eq(self.word.word_select(turn, params.word_bits)),
            self.o_valid.eq(Cat(carries & mine for mine in for_each)),
        ]
        with m.If(carries):
            m.d.sync += number.eq(Mux(number == params.words - 1, 0, number + 1))
            if len(links) > 1:
                with m.Switch(number):
                    for k, place in enumerate(last_words):
                        with m.Case(place):
                            m.d.sync += turn.eq((k + 1) % len(links))
        return m

    def joined(self) -> Value:
        """Return whether every sender offers its part."""
        return self.valid.all() if len(self.params.senders) > 1 else Value.cast(1)

    def in_time(self, m: Module) -> Value:
        """Build a counter of the window's ticks; return whether a whole pixel can still pass."""
        params = self.params
        if not params.window:
            return Value.cast(1)
        cycle = Signal(range(params.window + 1), init=params.window)
        with m.If(self.step):
            m.d.sync += cycle.eq(0)
        with m.Elif(cycle != params.window):
            m.d.sync += cycle.eq(cycle + 1)
        return cycle <= params.window - params.words

    def is_for(self, number: Signal, begin: int, count: int) -> Value:
        """Return whether a word is one of `count` from `begin` on."""
        tests = [number >= begin] * (begin > 0)
        tests += [number < begin + count] * (begin + count < self.params.words)
        return reduce(and_, tests, Value.cast(1))

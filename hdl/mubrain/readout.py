"""Read-out: keeps the best answer so far, spike by spike.

Ref: Stuijt 2021, section 3.2. Shortest inter-spike interval, first spike and spike count of the
events on the AER output. A minimum or maximum with ties to the lower class does not depend on the
order in which it is taken, so one register per read-out suffices.
"""

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.mubrain.readout import ReadoutParams

__all__ = ["Readout"]


class Readout(wiring.Component):
    """Reads output events. Its answer shows a spike one tick after the strobe rose.

    Bit-exact against :class:`goldspike.model.mubrain.readout.ReadoutModel`.

    Members
    -------
    address : In(range(classes))
        Class of the event.
    strobe : In(1)
        A rising edge is an event.
    elapsed : In(time_bits)
        Ticks since the clock's last edge: 1, unless the clock was stopped in between.
    clear : In(1)
        Forget the sample; wins over an event. This tick becomes tick 0.
    answered : Out(2)
        Bit 0: there was a first spike; bit 1: some class spiked twice.
    shortest_class, shortest_interval : Out
        Class with the shortest inter-spike interval, and that interval in ticks.
    first_class, first_time : Out
        Class of the first spike, and its tick.
    most_class, most_count : Out
        Class with the most spikes, and how many.
    busy : Out(1)
        An event is about to be read, or the sample forgotten.
    """

    address: Signal
    strobe: Signal
    elapsed: Signal
    clear: Signal
    answered: Signal
    shortest_class: Signal
    shortest_interval: Signal
    first_class: Signal
    first_time: Signal
    most_class: Signal
    most_count: Signal
    busy: Signal

    def __init__(self, params: ReadoutParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "address": In(params.class_bits),
                "strobe": In(1),
                "elapsed": In(params.time_bits),
                "clear": In(1),
                "answered": Out(2),
                "shortest_class": Out(params.class_bits),
                "shortest_interval": Out(params.time_bits),
                "first_class": Out(params.class_bits),
                "first_time": Out(params.time_bits),
                "most_class": Out(params.class_bits),
                "most_count": Out(params.count_bits),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        last_edge = Signal(self.params.time_bits)  # time of the clock's last edge
        now = Signal(self.params.time_bits)  # of the tick before this one, on which the strobe rose
        sampled = Signal()
        event = Signal(name="spiked")
        lines = Signal(self.params.classes)  # of the classes: that of the event is up
        m.d.comb += [
            event.eq(self.strobe & ~sampled & ~self.clear),
            lines.eq(event << self.address),
            self.busy.eq(event | self.clear),
        ]
        m.d.sync += [sampled.eq(self.strobe), last_edge.eq(last_edge + self.elapsed)]
        m.d.comb += now.eq(last_edge + self.elapsed - 1)  # ticks without an edge count as well

        self.read_first(m, event, now)
        self.read_shortest(m, event, lines, now)
        self.read_most(m, event, lines)
        with m.If(self.clear):
            m.d.sync += [last_edge.eq(0), self.answered.eq(0)]
            for name, _ in self.params.answer_fields:
                m.d.sync += getattr(self, name).eq(0)

        if self.trace:
            answer = {name: getattr(self, name) for name, _ in self.params.answer_fields}
            word = pack(self.params.trace, answered=self.answered, **answer)
            drive_trace(m, self, event, word)
        return m

    def read_first(self, m: Module, event: Signal, now: Signal) -> None:
        """Keep the first spike."""
        with m.If(event & ~self.answered[0]):
            m.d.sync += [
                self.answered[0].eq(1),
                self.first_class.eq(self.address),
                self.first_time.eq(now),
            ]

    def read_shortest(self, m: Module, event: Signal, lines: Signal, now: Signal) -> None:
        """Keep the shortest distance between two spikes of one class."""
        classes = range(self.params.classes)
        seen = Signal(self.params.classes)
        last = Array(Signal(self.params.time_bits, name=f"last_{k}") for k in classes)
        interval = Signal(self.params.time_bits)
        shorter = Signal()
        m.d.comb += [
            interval.eq(Mux(event, now - last[self.address], 0)),
            shorter.eq(~self.answered[1] | self.is_shorter(interval)),
        ]
        with m.If(event):
            m.d.sync += seen.bit_select(self.address, 1).eq(1)
            with m.If(seen.bit_select(self.address, 1) & shorter):
                m.d.sync += [
                    self.answered[1].eq(1),
                    self.shortest_class.eq(self.address),
                    self.shortest_interval.eq(interval),
                ]
        for line, register in zip(lines, last, strict=True):
            with m.If(line):
                m.d.sync += register.eq(now)
        with m.If(self.clear):
            m.d.sync += seen.eq(0)

    def is_shorter(self, interval: Value) -> Value:
        """Return whether the event's interval beats the shortest; ties go to the lower class."""
        best = Cat(self.shortest_class, self.shortest_interval)
        return Cat(self.address, interval) < best

    def is_more(self, count: Value) -> Value:
        """Return whether the event's count beats the highest; ties go to the lower class."""
        ties = (count == self.most_count) & (self.address < self.most_class)
        return (count > self.most_count) | ties

    def read_most(self, m: Module, event: Signal, lines: Signal) -> None:
        """Count spikes per class and keep the highest count."""
        classes = range(self.params.classes)
        counts = Array(Signal(self.params.count_bits, name=f"count_{k}") for k in classes)
        count = Signal(self.params.count_bits)
        more = Signal()
        m.d.comb += [
            count.eq(Mux(event, counts[self.address] + 1, 0)),
            more.eq(self.is_more(count)),
        ]
        with m.If(event & more):
            m.d.sync += [self.most_class.eq(self.address), self.most_count.eq(count)]
        for line, register in zip(lines, counts, strict=True):
            with m.If(line):
                m.d.sync += register.eq(count)
        with m.If(self.clear):
            m.d.sync += [register.eq(0) for register in counts]

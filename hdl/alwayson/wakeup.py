"""Wake-up circuit: what of a neuron never sleeps, and lets the clock through to the rest of it.

Ref: Chundi 2021, "Neuron Block", Fig. 2A (left). Assumptions, ties:
:mod:`goldspike.model.alwayson.wakeup`.
"""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.timing.edge_detector import EdgeDetector
from goldspike.hdl.trace import drive_changes, pack, trace_ports
from goldspike.model.alwayson.wakeup import WakeupParams
from goldspike.model.timing.edge_detector import EdgeDetectorParams

__all__ = ["Wakeup"]


class Wakeup(wiring.Component):
    """FF+1, FF-1, FFclk-en and FFclk-ug. Latency 1 tick; one spike per two ticks and line.

    Bit-exact against :class:`goldspike.model.alwayson.wakeup.WakeupModel`. Proved
    (:mod:`goldspike.proofs.alwayson.wakeup`): FFclk-ug is never up without FFclk-en; FFclk-en is up
    while a spike waits; every spike is taken, reported as lost, or waits.

    Members
    -------
    spikes : In(lines)
        The lines; each high and each low lasts at least one tick.
    falls : In(1)
        The shared clock falls on this tick.
    taken : In(lines)
        Flip-flops of spikes that the FSM has applied, to be reset on this tick.
    sleep : In(1)
        The FSM goes to sleep on this tick.
    pending : Out(lines)
        FF+1, FF-1.
    lost : Out(lines)
        One tick high after an edge on a line whose spike still waited.
    clock_enable, clock_ungate : Out(1)
        FFclk-en, FFclk-ug.
    wakes : Out(1)
        Combinational: a spike arrives on this tick.
    busy : Out(1)
        Combinational: something is awake, or awakes on this tick.
    """

    spikes: Signal
    falls: Signal
    taken: Signal
    sleep: Signal
    pending: Signal
    lost: Signal
    clock_enable: Signal
    clock_ungate: Signal
    wakes: Signal
    busy: Signal

    def __init__(self, params: WakeupParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        n = params.lines
        super().__init__(
            {
                "spikes": In(n),
                "falls": In(1),
                "taken": In(n),
                "sleep": In(1),
                "pending": Out(n),
                "lost": Out(n),
                "clock_enable": Out(1),
                "clock_ungate": Out(1),
                "wakes": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def waits(self) -> Value:
        """Return whether a spike waits after this tick."""
        return self.wakes | (self.pending & ~self.taken).any()

    def ungates(self) -> Value:
        """Return whether this falling edge lets the clock through."""
        return self.falls & self.clock_enable

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        lines = EdgeDetectorParams(inputs=self.params.lines)
        m.submodules.detector = detector = EdgeDetector(lines)
        m.d.comb += [
            detector.level.eq(self.spikes),
            detector.taken.eq(self.taken),
            self.pending.eq(detector.pending),
            self.lost.eq(detector.merged),
            self.wakes.eq(detector.edges.any()),
            self.busy.eq(self.wakes | self.clock_enable | self.lost.any()),
        ]
        m.d.sync += [
            self.clock_enable.eq((self.clock_enable & ~self.sleep) | self.waits()),
            # not without FFclk-en, even after an upset: the gate would stay open until a spike
            self.clock_ungate.eq(
                ((self.clock_ungate & self.clock_enable) | self.ungates()) & ~self.sleep
            ),
        ]
        if self.trace:
            word = pack(
                self.params.trace,
                pending=self.pending,
                lost=self.lost,
                clock_enable=self.clock_enable,
                clock_ungate=self.clock_ungate,
            )
            drive_changes(m, self, word)
        return m

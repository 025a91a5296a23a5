"""Spike arbiter: many inputs, one spike at a time.

Ref: Stuijt 2021, section 2.3, Fig. 2A: input edge detectors, spike register, priority encoder with
a 1-hot mask, multi-phase oscillator.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.mubrain.multi_phase_oscillator import MultiPhaseOscillator
from hdl.timing.edge_detector import EdgeDetector
from hdl.trace import drive_trace, pack, trace_ports
from model.mubrain.arbiter import ArbiterParams, Policy
from model.timing.edge_detector import EdgeDetectorParams

__all__ = ["Arbiter"]


class Arbiter(wiring.Component):
    """Grants the pending inputs one by one, one per oscillation.

    Bit-exact against :class:`model.mubrain.arbiter.ArbiterModel`. Latency: load + select + access
    ticks from an edge to its grant, if nothing else waits; throughput one grant per period.

    Members
    -------
    spikes : In(inputs)
        Input lines; each high and each low lasts at least one tick.
    clear : In(1)
        Start the search at input 0 again; given while not busy.
    access : Out(1)
        Combinational: the spike of `address` is granted on this tick.
    grant : Out(1)
        `access` one tick later.
    address : Out(range(inputs))
        The selected input; holds from select to the next select.
    merged : Out(inputs)
        One tick high after an edge that merged with a spike that still waited.
    merging : Out(1)
        Combinational: some edge merges on this tick.
    busy : Out(1)
        A spike waits or an oscillation is under way.
    """

    detector_type = EdgeDetector

    spikes: Signal
    clear: Signal
    access: Signal
    grant: Signal
    address: Signal
    merged: Signal
    merging: Signal
    busy: Signal

    def __init__(self, params: ArbiterParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        n = params.inputs
        super().__init__(
            {
                "spikes": In(n),
                "clear": In(1),
                "access": Out(1),
                "grant": Out(1),
                "address": Out(params.address_bits),
                "merged": Out(n),
                "merging": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )
        self.detector = self.detector_type(EdgeDetectorParams(inputs=n))
        self.oscillator = MultiPhaseOscillator(params.oscillator)

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        n = self.params.inputs
        m.submodules.detector = detector = self.detector
        m.submodules.oscillator = oscillator = self.oscillator
        register = Signal(n)
        mask = Signal(n)

        m.d.comb += [
            detector.level.eq(self.spikes),
            detector.taken.eq(mask & oscillator.access.replicate(n)),
            oscillator.request.eq(detector.pending.any()),
            self.merged.eq(detector.merged),
            self.merging.eq(detector.merging),
            self.access.eq(oscillator.access),
            self.busy.eq(oscillator.busy),
        ]
        with m.If(oscillator.load):
            m.d.sync += register.eq(detector.pending)
        picked = self.pick(m, register, mask)
        with m.If(oscillator.select):
            m.d.sync += [mask.eq(picked), self.address.eq(encode(picked))]
        m.d.sync += self.grant.eq(oscillator.access)

        if self.trace:
            phase = Signal(4)
            strobes = Cat(oscillator.load, oscillator.select, oscillator.access, oscillator.recover)
            m.d.sync += phase.eq(strobes)
            word = pack(
                self.params.trace,
                phase=phase,
                address=self.address,
                pending=detector.pending,
                register=register,
                merged=self.merged,
            )
            drive_trace(m, self, strobes.any() | detector.edge.any(), word)
        return m

    def pick(self, m: Module, register: Signal, mask: Signal) -> Signal:
        """Return the one-hot input of `register` that the policy serves next."""
        n = self.params.inputs
        candidates = Signal(n)
        if self.params.policy is Policy.LINEAR:
            m.d.comb += candidates.eq(register)
        else:
            ahead = Signal(n)  # inputs behind the one granted last, up to N - 1
            upper = Signal(n)
            with m.If(self.clear):
                m.d.sync += ahead.eq(0)  # nothing ahead: the search wraps to input 0
            with m.Elif(self.access):
                m.d.sync += ahead.eq(~(mask | (mask - 1)))
            m.d.comb += [
                upper.eq(register & ahead),
                candidates.eq(Mux(upper.any(), upper, register)),
            ]
        picked = Signal(n)
        m.d.comb += picked.eq(candidates & -candidates)  # the lowest line that is up
        return picked


def encode(one_hot: Value) -> Value:
    """Return the number of the line that is up: each bit asks the lines that have it."""
    n = len(one_hot)
    bits = max(1, (n - 1).bit_length())
    having = [sum(1 << k for k in range(n) if k >> bit & 1) for bit in range(bits)]
    return Cat((one_hot & Const(lines, n)).any() for lines in having)

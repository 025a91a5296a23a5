"""Spike arbiter: many inputs, one spike at a time.

Ref: Stuijt 2021, section 2.3, Fig. 2A: input edge detectors, spike register, priority encoder with
a 1-hot mask, multi-phase oscillator.
"""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Const, Elaboratable, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.mubrain.multi_phase_oscillator import MultiPhaseOscillator
from goldspike.hdl.timing.edge_detector import EdgeDetector
from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.mubrain.arbiter import ArbiterParams, Policy
from goldspike.model.timing.edge_detector import EdgeDetectorParams

__all__ = ["Arbiter", "PriorityEncoder"]


class PriorityEncoder(Elaboratable):
    """Finds the input that is served next, between load and select.

    The inputs form groups of about the root of their number. First comes the group, then the line
    in it: the longest path grows with the logarithm of the root, and the area with the number of
    inputs. The 1-hot mask is kept as a group and a line; that is also where a round robin goes on:
    with the lines after the granted one, then the groups after its group, then all groups.

    The search takes four steps. Registers between them, one tick per step, are added as far as the
    delay of select has room, and are written once per oscillation.

    Attributes
    ----------
    register : Signal(inputs), in
        The spike register; holds from load to select.
    load_phase, select_phase, clear : Signal, in
        The phases; after `clear`, given at rest, a round robin starts at input 0.
    group, line : Signal, out
        The selected input's group and its place in it, 1-hot; none after `clear`.
    address : Signal(range(inputs)), out
        The selected input; holds from select to the next select.
    """

    def __init__(self, params: ArbiterParams) -> None:
        self.params = params
        self.register = Signal(params.inputs)
        self.load_phase = Signal()
        self.select_phase = Signal()
        self.clear = Signal()
        self.address = Signal(params.address_bits)

        size = 1 << ((params.inputs - 1).bit_length() // 2)  # a power of two: addresses join
        self.line = Signal(size)
        self.group = Signal(-(-params.inputs // size))

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        size = len(self.line)
        rows = [self.register[k : k + size] for k in range(0, self.params.inputs, size)]
        every = Const((1 << size) - 1, size)
        ended = self.schedule(m)

        waiting = hold(m, ended[0], Cat(row.any() for row in rows))  # step 1: groups with spikes
        if self.params.policy is Policy.ROUND_ROBIN:
            rest = hold(m, ended[0], choose(rows, self.group) & self.behind(m, self.line))
            later = hold(m, ended[0], self.behind(m, self.group))
            ahead = hold(m, None, waiting & later)
            turn = Mux(ahead.any(), lowest(m, ahead), lowest(m, waiting))
            stays = hold(m, None, rest.any())
            chosen = hold(m, ended[1], Mux(stays, self.group, turn))  # step 2: one group
            eligible = hold(m, ended[1], Mux(stays, rest, every))
        else:
            chosen = hold(m, ended[1], lowest(m, waiting))
            eligible = every
        lines = hold(m, ended[2], choose(rows, chosen) & eligible)  # step 3: its lines
        lowest_line = lowest(m, lines)  # step 4: one line

        self.keep(m, chosen, lowest_line)
        return m

    def keep(self, m: Module, group: Value, line: Value) -> None:
        """Remember what is selected."""
        with m.If(self.select_phase):
            m.d.sync += [self.group.eq(group), self.line.eq(line)]
            m.d.sync += self.address.eq(Cat(encode(line), encode(group)))
        with m.If(self.clear):
            m.d.sync += [self.group.eq(0), self.line.eq(0)]

    def mask(self) -> Value:
        """Return the selected input, 1-hot; none after `clear`."""
        return Cat(Mux(one, self.line, 0) for one in self.group)[: self.params.inputs]

    def schedule(self, m: Module) -> list[Signal | None]:
        """Return a strobe for the tick on which each step but the last ends; None: it need not.

        The first strobe comes one tick after load, when the register is there.
        """
        ended: list[Signal | None] = [None, None, None]
        strobe = self.load_phase
        for step in ((), (1,), (0, 1), (0, 1, 2))[min(3, self.params.oscillator.select - 1)]:
            before, strobe = strobe, Signal(name=f"step_{step + 1}")
            m.d.sync += strobe.eq(before)
            ended[step] = strobe
        return ended

    def behind(self, m: Module, one_hot: Signal) -> Signal:
        """Return the places behind the one that is up; none if none is up."""
        return hold(m, None, ~(one_hot | (one_hot - 1))[: len(one_hot)])


def hold(m: Module, strobe: Signal | None, value: Value) -> Signal:
    """Return `value` as it was on the last `strobe`; without a strobe, as it is."""
    held = Signal(len(value), src_loc_at=1)  # named where it is assigned
    if strobe is None:
        m.d.comb += held.eq(value)
    else:
        with m.If(strobe):
            m.d.sync += held.eq(value)
    return held


def choose(rows: list[Value], one_hot: Value) -> Value:
    """Return the row whose place is up."""
    gated = [Mux(one, row, 0) for row, one in zip(rows, one_hot, strict=True)]
    return reduce(or_, gated)


def lowest(m: Module, lines: Value) -> Signal:
    """Return the lowest line that is up, 1-hot."""
    lines = hold(m, None, lines)
    return hold(m, None, (lines & -lines)[: len(lines)])


def encode(one_hot: Value) -> Value:
    """Return the number of the line that is up: each bit asks the lines that have it.

    A single line has a number of no bits, so that addresses of groups of one line join as well.
    """
    n = len(one_hot)
    bits = (n - 1).bit_length()
    having = [sum(1 << k for k in range(n) if k >> bit & 1) for bit in range(bits)]
    return Cat((one_hot & Const(lines, n)).any() for lines in having)


class Arbiter(wiring.Component):
    """Grants the pending inputs one by one, one per oscillation.

    Bit-exact against :class:`goldspike.model.mubrain.arbiter.ArbiterModel`. Latency: load + select
    + access ticks from an edge to its grant, if nothing else waits; throughput one grant per
    period.

    Members
    -------
    spikes : In(inputs)
        Input lines; each high and each low lasts at least one tick.
    clear : In(1)
        Start the search at input 0 again; given while not busy.
    access_phase : Out(1)
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

    spikes: Signal
    clear: Signal
    access_phase: Signal
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
                "access_phase": Out(1),
                "grant": Out(1),
                "address": Out(params.address_bits),
                "merged": Out(n),
                "merging": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )
        self.detector = EdgeDetector(EdgeDetectorParams(inputs=n))
        self.oscillator = MultiPhaseOscillator(params.oscillator)
        self.encoder = PriorityEncoder(params)

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        n = self.params.inputs
        m.submodules.detector = detector = self.detector
        m.submodules.oscillator = oscillator = self.oscillator
        m.submodules.encoder = encoder = self.encoder
        register = Signal(n)

        m.d.comb += [
            detector.level.eq(self.spikes),
            detector.taken.eq(Mux(oscillator.access_phase, encoder.mask(), 0)),
            oscillator.request.eq(detector.pending.any()),
            self.merged.eq(detector.merged),
            self.merging.eq(detector.merging),
            encoder.register.eq(register),
            encoder.load_phase.eq(oscillator.load_phase),
            encoder.select_phase.eq(oscillator.select_phase),
            encoder.clear.eq(self.clear),
            self.access_phase.eq(oscillator.access_phase),
            self.address.eq(encoder.address),
            self.busy.eq(oscillator.busy),
        ]
        with m.If(oscillator.load_phase):
            m.d.sync += register.eq(detector.pending)
        m.d.sync += self.grant.eq(oscillator.access_phase)

        if self.trace:
            phase = Signal(4)
            oscillating = (
                oscillator.load_phase, oscillator.select_phase,
                oscillator.access_phase, oscillator.recover_phase,
            )  # fmt: skip
            strobes = Cat(oscillating)
            m.d.sync += phase.eq(strobes)
            access = Signal()
            merging = Signal()
            m.d.sync += [access.eq(self.access_phase), merging.eq(self.merging)]
            word = pack(
                self.params.trace,
                access=access,
                grant=self.grant,
                merging=merging,
                phase=phase,
                address=self.address,
                pending=detector.pending,
                register=register,
                merged=self.merged,
            )
            drive_trace(m, self, strobes.any() | detector.edges.any(), word)
        return m

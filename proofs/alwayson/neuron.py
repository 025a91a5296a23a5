"""Proof of the gated neuron: clock, power, isolation, every spike, and the way back to sleep.

What is not retained is *anything* while power is not good: the proof asks for no more of it.
"""

from collections.abc import Mapping
from typing import ClassVar

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from goldspike.hdl.alwayson.neuron import Neuron
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.clock_gate import ClockGate
from goldspike.hdl.timing.power_gate import State as Power
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams
from goldspike.model.timing.power_gate import PowerGateParams
from goldspike.proofs.alwayson.neuron_fsm import ARCS, COUNTING, STEPS_LEFT, S, among
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "NeuronProof", "Powerless"]


class Powerless(Neuron):
    """A neuron that forgets: the proof says what its unretained state is without power."""

    def __init__(self, params: NeuronParams, *, trace: bool = False) -> None:
        super().__init__(params, trace=trace, poison=True)


@bug_in(Powerless)
def leaves_pulses_unpowered(m, dut, inside):
    """Let the power go as soon as FFclk-en falls."""
    m.d.comb += dut.power_gate.request.eq(dut.wakeup.wakes | dut.wakeup.clock_enable)


@bug_in(Powerless, ClockGate.next_gated)
def cuts_pulses(self):
    """Gate the clock by an AND alone."""
    return (self.gated & self.enable | self.rises) & ~self.falls


@bug_in(Powerless)
def ungated_by_the_spike(m, dut, inside):
    """Let the clock through as soon as FFclk-en is up."""
    m.d.comb += dut.clock_gate.enable.eq(dut.wakeup.clock_enable)


@bug_in(Powerless)
def isolated_too_short(m, dut, inside):
    """End isolation as power comes."""
    m.d.comb += dut.isolate.eq(~dut.power_gate.power)


@bug_in(Powerless)
def no_wakeup_reset(m, dut, inside):
    """Reset nothing: wake with what was left."""
    m.d.comb += dut.fsm.reset.eq(0)


@bug_in(Powerless)
def deaf_to_minus(m, dut, inside):
    """Let the clock through for Spk+1 only."""
    m.d.comb += dut.clock_gate.enable.eq(dut.wakeup.clock_ungate & dut.wakeup.pending[0])


@bug_in(Powerless)
def never_isolated(m, dut, inside):
    """Believe the FSM's request, power or not."""
    m.d.comb += dut.request.eq(inside("fsm.request"))


@bug_in(Powerless, at="wakeup")
def loses_a_spike_as_it_sleeps(m, dut, inside):
    """Tell a spike as lost that comes on the tick of sleep."""
    with m.If(dut.clock_enable & inside("wakeup.wakes") & inside("sleep")):
        m.d.comb += inside("wakeup.lost").eq(3)


@bug_in(Powerless, at="fsm")
def forgets_its_potential(m, dut, inside):
    """Keep the potential with the rest."""
    with m.If(~inside("power_gate.good")):
        m.d.sync += dut.fsm.potential.eq(0)


@bug_in(Powerless, at="fsm.steps")
def serves_an_old_ack(m, dut, inside):
    """Request although the last Ack is still up."""
    state = inside("fsm.steps.state")
    with m.If(inside("clock_gate.rises") & (state == S.POTENTIAL_RESET)):
        m.d.sync += state.eq(S.SPK_REQ)


@bug_in(Powerless)
def rests_early(m, dut, inside):
    """Rest while the power gate is at work."""
    m.d.comb += dut.busy.eq(inside("wakeup.busy") | dut.clear)


@bug_in(Powerless, at="wakeup")
def never_sleeps(m, dut, inside):
    """Stay awake."""
    with m.If(dut.clock_enable):
        m.d.sync += inside("wakeup.clock_enable").eq(1)


@bug_in(Powerless, at="fsm.steps")
def idles(m, dut, inside):
    """Wait in standby for a spike with the clock running, however it came there."""
    state = inside("fsm.steps.state")
    with m.If((state == S.STANDBY) & ~inside("wakeup.detector.pending").any()):
        m.d.comb += inside("fsm.steps.sleep").eq(0)


class NeuronProof(Proof):
    """Any spikes, Acks and clears; a clock whose low phase is as long as it takes to wake."""

    rtl = Powerless
    configs: ClassVar = {
        "hidden-3": NeuronParams(fsm=NeuronFsmParams(bits=3)),
        "input-2": NeuronParams(fsm=NeuronFsmParams(kind=Kind.INPUT, bits=2)),
        "hidden-2-slow": NeuronParams(
            fsm=NeuronFsmParams(bits=2),
            power=PowerGateParams(wake=3, reset=1, isolate=2, settle=3),
        ),
        "output-3": NeuronParams(fsm=NeuronFsmParams(kind=Kind.OUTPUT, bits=3)),
        "hidden": NeuronParams(),
        "hidden-slow": NeuronParams(power=PowerGateParams(wake=19, reset=3, isolate=5, settle=12)),
        "output-12": NeuronParams(fsm=NeuronFsmParams(kind=Kind.OUTPUT, bits=12)),
    }
    quick = ("input-2", "hidden-2-slow", "hidden-3")
    search = 20
    bugs: ClassVar = {
        "no gated clock without power": leaves_pulses_unpowered,
        "a gated pulse is a whole pulse of the clock": cuts_pulses,
        "the FSM meets a whole low phase first": ungated_by_the_spike,
        "isolated unless power is good and reset is done": isolated_too_short,
        "an isolated neuron requests nothing": never_isolated,
        "every spike is counted once, reported as lost, or waits": no_wakeup_reset,
        "a spike is lost only where one of its sign waits": loses_a_spike_as_it_sleeps,
        "the potential moves with a step or a clear only": forgets_its_potential,
        "a request begins without Ack and ends with it": serves_an_old_ack,
        "at rest all is off": rests_early,
        "a spike that waits is counted within a few pulses": deaf_to_minus,
        "asleep within a few pulses of the last spike": never_sleeps,
        "left alone, asleep from any state": idles,
    }

    def properties(self, m: Module) -> None:
        """Set up the clock and what is lost without power; then claim by claim."""
        dut, p = self.dut, self.params
        noise = Cat(self.any_event(f"noise_{k}") for k in range(5))
        part = {
            name: self.inside(path)
            for name, path in {
                "pending": "wakeup.detector.pending", "enable": "wakeup.clock_enable",
                "ungate": "wakeup.clock_ungate", "gated": "clock_gate.gated",
                "rises": "clock_gate.rises", "falls": "clock_gate.falls",
                "stage": "power_gate.state", "count": "power_gate.count",
                "power": "power_gate.power", "good": "power_gate.good",
                "reset": "power_gate.reset", "retain": "power_gate.retain",
                "clamped": "power_gate.isolate", "isolate": "isolate", "taken": "taken",
                "state": "fsm.steps.state", "applied": "fsm.steps.applied",
            }.items()
        }  # fmt: skip
        m.d.comb += [dut.fsm.off.eq(~part["good"]), dut.fsm.noise.eq(noise)]
        clock, met = Signal(name="clock"), Signal(name="met")
        low_for = Signal(range(p.power.waking + 1), init=p.power.waking)
        self.assumes("the clock rises and falls by turns", ~Mux(clock, dut.rises, dut.falls))
        self.assumes(
            "low phases are long enough to wake in", ~dut.rises | (low_for + 1 >= p.power.waking)
        )
        with m.If(dut.falls):
            m.d.sync += [clock.eq(0), low_for.eq(0), met.eq(part["enable"])]
        with m.Elif(dut.rises):
            m.d.sync += clock.eq(1)
        with m.Elif(~clock & (low_for < p.power.waking)):
            m.d.sync += low_for.eq(low_for + 1)
        self.followed = (clock, low_for)

        self.gating(m, part, clock, met)
        line = self.any_value("line", 2)
        waits = self.spike(m, part, line)
        good = dut.ack == dut.request
        self.served(m, part, clock, waits, good)
        self.sleeps(m, part, clock, good)
        self.helpers(part, clock, low_for)
        if p.power.waking == 1:
            self.left_alone(m, part, good)

    def gating(self, m: Module, part: Mapping[str, Signal], clock: Signal, met: Signal) -> None:
        """Claim what holds of clock, power, isolation, handshake and rest."""
        dut = self.dut
        names = ("potential", "request", "ack", "clear")
        was = {name: Signal.like(getattr(dut, name), name=f"was_{name}") for name in names}
        passed, stepped = Signal(name="passed"), Signal(name="stepped")
        m.d.sync += [was[name].eq(getattr(dut, name)) for name in names]
        m.d.sync += stepped.eq(part["rises"])
        with m.If(dut.rises):
            m.d.sync += passed.eq(part["ungate"])
        powered = part["power"] & part["good"] & ~part["reset"]
        usable = powered & ~part["isolate"] & ~part["retain"]
        edge = part["rises"] | part["falls"]
        self.holds("no gated clock without power", usable | ~(part["gated"] | edge))
        self.holds("a gated pulse is a whole pulse of the clock", part["gated"] == (clock & passed))
        self.holds("the FSM meets a whole low phase first", met | ~part["rises"])
        self.holds("isolated unless power is good and reset is done", part["isolate"] | powered)
        self.holds("an isolated neuron requests nothing", ~(part["isolate"] & dut.request))
        self.holds(
            "the potential moves with a step or a clear only",
            stepped | was["clear"] | (dut.potential == was["potential"]),
        )
        begins, ends = dut.request & ~was["request"], was["request"] & ~dut.request
        self.holds(
            "a request begins without Ack and ends with it",
            (~begins | (stepped & ~was["ack"])) & (~ends | (stepped & was["ack"])),
        )
        off = part["isolate"] & part["retain"] & ~part["power"] & ~part["gated"]
        idle = ~(part["pending"].any() | part["enable"] | dut.request | dut.lost.any())
        self.holds("at rest all is off", dut.busy | (off & idle))
        self.helps("let through by a fall", met | ~part["ungate"])
        was_going, on = Signal(name="was_going"), part["stage"] == Power.ON
        m.d.sync += was_going.eq(part["stage"] == Power.GOING_OFF)
        self.reaches("awake again without a reset", was_going & on)
        if self.params.fsm.kind is not Kind.OUTPUT and self.params.power.waking == 1:
            self.reaches("a request ends", ends)

    def spike(self, m: Module, part: Mapping[str, Signal], line: Signal) -> Value:
        """Follow the spikes of one sign; return whether one waits that is not counted yet."""
        dut, on = self.dut, part["stage"] == Power.ON
        spike, pending, lost, applied, taken = (
            value.bit_select(line, 1)
            for value in (dut.spikes, part["pending"], dut.lost, part["applied"], part["taken"])
        )
        level, rose, waited, gone = (
            Signal(name=name) for name in ("level", "rose", "waited", "gone")
        )
        self.rose = spike & ~level
        owed = Signal(4)
        counts = Signal(name="counts")
        if self.params.fsm.kind is Kind.INPUT:  # counted as it is acknowledged
            m.d.comb += counts.eq(taken)
            waits = pending
        else:
            counting = part["rises"] & ~part["isolate"] & among(part["state"], COUNTING)
            m.d.comb += counts.eq(counting & pending)
            waits = pending & ~(on & applied)
        self.counts = counts
        m.d.sync += [
            level.eq(spike), rose.eq(self.rose), waited.eq(pending), gone.eq(taken),
            owed.eq(owed - lost + self.rose - counts),
        ]  # fmt: skip
        self.holds("every spike is counted once, reported as lost, or waits", owed - lost == waits)
        self.holds(
            "a spike is lost only where one of its sign waits", lost == (rose & waited & ~gone)
        )
        self.helps("sampled", level == self.inside("wakeup.detector.sampled").bit_select(line, 1))
        self.reaches(
            "a spike as the neuron goes off", self.rose & (part["stage"] == Power.GOING_OFF)
        )
        return waits

    def served(
        self, m: Module, part: Mapping[str, Signal], clock: Signal, waits: Value, good: Value
    ) -> None:
        """Bound the pulses for which a spike waits, Ack as the request asks for it."""
        kind, dut = self.params.fsm.kind, self.dut
        left = {
            Kind.HIDDEN: {
                S.STANDBY: 2, S.POTENTIAL_UPDATE: 1, S.CHECK: 5, S.POTENTIAL_RESET: 4, S.SPK_REQ: 3,
                S.POTENTIAL_UPDATE_2: 1,
            },
            Kind.INPUT: {S.STANDBY: 2, S.SPK_REQ: 3},
            Kind.OUTPUT: {S.STANDBY: 2, S.POTENTIAL_UPDATE: 1, S.FLIPFLOP_RESET: 3},
        }[kind]  # fmt: skip
        most = max(left.values())
        line = self.constants[0]
        late = Signal(range(most + 2))
        rank = Signal(range(most + 1), name="late_rank")
        with m.If(~part["ungate"]):
            m.d.comb += rank.eq(Mux(clock, 2, 3))
        with m.Else(), m.Switch(part["state"]):
            for state, pulses in left.items():
                with m.Case(state):
                    m.d.comb += rank.eq(pulses)
                    if kind is Kind.INPUT and state is S.SPK_REQ:
                        served = part["applied"].bit_select(line, 1)
                        m.d.comb += rank.eq(Mux(served, 1, 3))
        # an input neuron serves Spk+1 first: a Spk-1 waits for as long as others come
        behind = line & part["pending"][0] if kind is Kind.INPUT else Const(0)
        with m.If(~waits | self.counts | behind):
            m.d.sync += late.eq(0)
        with m.Elif(dut.rises):
            m.d.sync += late.eq(Mux(good, late + 1, 0))
        self.holds("a spike that waits is counted within a few pulses", ~waits | (late < most))
        self.helps("pulses left to count", ~waits | behind | (late + rank <= most))

    def sleeps(self, m: Module, part: Mapping[str, Signal], clock: Signal, good: Value) -> None:
        """Bound the pulses from the last spike to sleep."""
        kind, dut, pending = self.params.fsm.kind, self.dut, part["pending"]
        again = max(STEPS_LEFT[kind].values()) + 1  # standby's step and the others
        left = Mux((pending & ~part["applied"]).any(), again, 0)
        whole = again * (pending[0] + pending[1]) if kind is Kind.INPUT else Const(again)
        most = {Kind.HIDDEN: 8, Kind.INPUT: 5, Kind.OUTPUT: 4}[kind]
        quiet_for = Signal(range(most + 2))
        rank = Signal(range(most + 1), name="sleep_rank")
        with m.If(~part["ungate"]):
            m.d.comb += rank.eq(Mux(clock, whole, whole + 1))
        with m.Else(), m.Switch(part["state"]):
            for state, steps in STEPS_LEFT[kind].items():
                with m.Case(state):
                    m.d.comb += rank.eq(steps + (0 if state in COUNTING else left))
            with m.Default():
                m.d.comb += rank.eq(whole)
        with m.If(~part["enable"] | self.inside("wakeup.wakes")):
            m.d.sync += quiet_for.eq(0)
        with m.Elif(dut.rises):
            m.d.sync += quiet_for.eq(Mux(good, quiet_for + 1, 0))
        enable = part["enable"]
        self.holds("asleep within a few pulses of the last spike", ~enable | (quiet_for < most))
        self.helps("pulses left to sleep", ~enable | (quiet_for + rank <= most))

    def helpers(self, part: Mapping[str, Signal], clock: Signal, low_for: Signal) -> None:
        """Say how the parts stand to each other."""
        p, kind = self.params.power, self.params.fsm.kind
        stage, count, state, applied = (part[n] for n in ("stage", "count", "state", "applied"))
        enable, ungate, pending = part["enable"], part["ungate"], part["pending"]
        off, waking, on, going = (stage == Power[n] for n in ("OFF", "WAKING", "ON", "GOING_OFF"))
        bound = Mux(waking, p.waking, Mux(going, p.going_off, 1))
        good = on | going | (waking & (count >= p.wake))
        retain = off | waking | (going & (count >= p.isolate))
        self.helps("power gate: count", count < bound)
        self.helps("power gate: power", part["power"] == ~off)
        self.helps("power gate: good", part["good"] == good)
        self.helps("power gate: isolate", part["clamped"] == ~on)
        self.helps("power gate: retain", part["retain"] == retain)
        self.helps("power gate: reset", part["reset"] == waking)
        self.helps("power is asked for", waking | on | ~(enable | part["gated"]))
        self.helps("pulses have power", on | ~part["gated"])
        self.helps("FFclk-ug needs FFclk-en", enable | ~ungate)
        self.helps("FFclk-en is up while a spike waits", enable | ~pending.any())
        self.helps(
            "let through after the first fall", ~(ungate & waking) | (~clock & (low_for < count))
        )
        stands = (state == S.STANDBY) & ~applied.any()
        known = going | (waking & (count > 0)) | (on & ~ungate)
        self.helps("in standby unless the clock comes", ~known | stands)
        works = on & ungate
        self.helps("only what waits is applied", ~works | ~(applied & ~pending).any())
        self.helps("a legal state", ~works | among(state, tuple(ARCS[kind])))
        begins = (state == S.STANDBY) | (state == S.POTENTIAL_UPDATE)
        self.helps("nothing applied to begin with", ~(works & begins) | ~applied.any())
        self.helps("a spike to begin with", ~enable | pending.any() | (works & ~begins))
        if kind is Kind.HIDDEN:
            asks = (state == S.SPK_REQ) | (state == S.POTENTIAL_UPDATE_2)
            self.helps("all taken as it asks", ~(works & asks) | ~applied.any())
            again = state == S.POTENTIAL_UPDATE_2
            self.helps("a spike to come back for", ~(works & again) | pending.any())
        if kind is Kind.INPUT:
            asks = works & (state == S.SPK_REQ)
            self.helps("one sign is served", ~asks | (applied == 1) | (applied == 2))

    def left_alone(self, m: Module, part: Mapping[str, Signal], good: Value) -> None:
        """Claim that any state ends in sleep: a steady clock, no spikes, Ack after the request."""
        dut, before = self.dut, Signal(name="phase")
        m.d.sync += before.eq(~before)
        steady = (dut.rises == ~before) & (dut.falls == before)
        calm = steady & good & ~dut.spikes.any() & ~dut.clear
        ticks = 26
        calms = Signal(ticks)
        m.d.sync += calms.eq(Cat(calm, calms[:-1]))
        off = ~(part["enable"] | part["ungate"] | part["gated"] | part["power"] | dut.request)
        self.leaves("left alone, asleep from any state", ~calms.all() | off, ticks)


PROOF = NeuronProof

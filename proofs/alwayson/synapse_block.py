"""Proof of the synapse block: clock, power, the four phases of every handshake, the right spikes.

What is not retained is *anything* while power is not good: the proof asks for no more of it. The
neurons keep their side of the handshake, on any tick: a request rises while no Ack is seen, and
falls while one is.
"""

from collections.abc import Mapping
from typing import ClassVar

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from goldspike.hdl.alwayson.request_synchroniser import RequestSynchroniser
from goldspike.hdl.alwayson.synapse_arbiter import Stage, SynapseArbiter
from goldspike.hdl.alwayson.synapse_block import SynapseBlock
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.clock_gate import ClockGate
from goldspike.hdl.timing.power_gate import State as Power
from goldspike.model.alwayson.synapse_arbiter import Policy
from goldspike.model.alwayson.synapse_block import SynapseBlockParams, SynapseSettings
from goldspike.model.timing.power_gate import PowerGateParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "SynapseBlockProof"]

LAUNCH = SynapseBlock.launch


class Powerless(SynapseBlock):
    """A block that forgets: the proof says what its unretained state is without power."""

    def __init__(self, params: SynapseBlockParams, *, trace: bool = False) -> None:
        super().__init__(params, trace=trace, poison=True)


@bug_in(Powerless)
def unpowered_between_pulses(m, dut, inside):
    """Let the power go between two pulses once the request is down."""
    m.d.comb += dut.power_gate.request.eq(dut.request.any() | inside("clock_gate.gated"))


@bug_in(Powerless, ClockGate.next_gated)
def cuts_pulses(self):
    """Gate the clock by an AND alone."""
    return (self.gated & self.enable | self.rises) & ~self.falls


@bug_in(Powerless)
def ungated_by_the_request(m, dut, inside):
    """Let the clock through as soon as FFclk-en is up."""
    m.d.comb += dut.clock_gate.enable.eq(dut.clock_enable)


@bug_in(Powerless)
def isolated_too_short(m, dut, inside):
    """End isolation as power comes."""
    m.d.comb += dut.isolate.eq(~dut.power_gate.power)


@bug_in(Powerless)
def reads_unpowered(m, dut, inside):
    """Read a row that the arbiter names without power."""
    m.d.comb += dut.memory.read.eq(dut.arbiter.read)


@bug_in(Powerless)
def wakes_on_edges(m, dut, inside):
    """Wake only with a request that rises."""
    before, asks = Signal(), dut.request.any()
    m.d.sync += before.eq(asks)
    awake = dut.clock_enable & ~inside("sleep")
    m.d.sync += dut.clock_enable.eq(awake | (asks & ~before))


@bug_in(Powerless)
def wakes_with_old_requests(m, dut, inside):
    """Wake with requests as they were left."""
    m.d.comb += dut.synchroniser.reset.eq(0)


@bug_in(Powerless, at=RequestSynchroniser)
def one_flip_flop(m, part, inside):
    """See a request with the first pulse."""
    with m.If(part.synapse_rises & ~part.reset):
        m.d.sync += part.request_seen.eq(part.request)


@bug_in(Powerless, SynapseBlock.neuron_rises)
def samples_on_falls(self):
    """Sample acknowledgements as the neurons' clock falls."""
    return ~self.neuron_clock & self.neuron_clock_before


@bug_in(Powerless)
def launches_with_the_clock(m, dut, inside):
    """Launch spikes while the clock is high: again with every pulse."""
    with m.If(~dut.clock):
        m.d.comb += [dut.plus.eq(0), dut.minus.eq(0)]


@bug_in(Powerless, at=SynapseArbiter)
def captures_early(m, part, inside):
    """Take the weights of the row before."""
    m.d.comb += part.capture.eq(part.grant)


@bug_in(Powerless, SynapseBlock.launch)
def one_column_too_many(self, m, idle):
    """Launch a spike in the first idle column."""
    LAUNCH(self, m, (idle - idle.any())[: len(idle)])


@bug_in(Powerless)
def loads_the_row_before(m, dut, inside):
    """Write weights to the row before."""
    m.d.comb += dut.memory.write_row.eq(dut.scan_chain.fields["row"] - 1)


@bug_in(Powerless)
def rests_early(m, dut, inside):
    """Rest while the power gate is at work."""
    m.d.comb += dut.busy.eq(dut.request.any() | dut.clock_enable | inside("clock_gate.gated"))


@bug_in(Powerless)
def never_sleeps(m, dut, inside):
    """Stay awake."""
    with m.If(dut.clock_enable):
        m.d.sync += dut.clock_enable.eq(1)


SLOW = PowerGateParams(wake=3, reset=1, isolate=2, settle=3)


class SynapseBlockProof(Proof):
    """Any settings and weights, shifted in at rest; one arbitrary line and one arbitrary row."""

    rtl = Powerless
    configs: ClassVar = {
        "fixed-2x2": SynapseBlockParams(
            rows=2, columns=2, length_bits=2, divide_bits=1, settings=SynapseSettings(length=1)
        ),
        "round_robin-3x3-slow": SynapseBlockParams(
            rows=3, columns=3, policy=Policy.ROUND_ROBIN, power=SLOW, length_bits=3, divide_bits=2
        ),
        "fixed-8x8": SynapseBlockParams(
            rows=8, columns=8, length_bits=3, divide_bits=2, settings=SynapseSettings(length=1)
        ),
    }
    quick = ("fixed-2x2", "round_robin-3x3-slow")
    search = 28
    bugs: ClassVar = {
        "isolated unless power is good and reset is done": isolated_too_short,
        "isolated, it acknowledges, reads and launches nothing": reads_unpowered,
        "no gated clock without power": unpowered_between_pulses,
        "a gated pulse is a whole pulse of the clock": cuts_pulses,
        "the arbiter meets a whole low phase first": ungated_by_the_request,
        "the clock runs while a request is up": wakes_on_edges,
        "an Ack rises as its request is up, and falls as it is down": wakes_with_old_requests,
        "an Ack is for a request at the second last pulse": one_flip_flop,
        "what neurons see moves as their clock rises, or with a clear": samples_on_falls,
        "spikes are up once per Ack, until its end": launches_with_the_clock,
        "spikes are the weights of the row that is acknowledged": captures_early,
        "a column gets one spike or none, an idle one none": one_column_too_many,
        "a row is what was loaded": loads_the_row_before,
        "at rest all is off": rests_early,
        "left alone, asleep from any state": never_sleeps,
    }

    def properties(self, m: Module) -> None:
        """Set up settings and what is lost without power; then claim by claim."""
        dut, p = self.dut, self.params
        noise = Cat(self.any_event(f"noise_{k}") for k in range(8))
        m.d.comb += dut.noise.eq(noise)
        part = {
            name: self.inside(path)
            for name, path in {
                "gated": "clock_gate.gated", "rises": "clock_gate.rises",
                "falls": "clock_gate.falls", "clock_rises": "oscillator.rises",
                "clock_falls": "oscillator.falls", "runs": "oscillator.busy",
                "count": "oscillator.count", "rounds": "oscillator.rounds",
                "stage": "power_gate.state", "ticks": "power_gate.count",
                "power": "power_gate.power", "good": "power_gate.good",
                "reset": "power_gate.reset", "retain": "power_gate.retain",
                "clamped": "power_gate.isolate", "spkgen": "arbiter.stage",
                "power_busy": "power_gate.busy",
            }.items()
        }  # fmt: skip
        part |= {
            "ack": dut.arbiter.ack, "acks": dut.synchroniser.ack, "grant": dut.arbiter.grant,
            "read": dut.memory.read,
        }  # fmt: skip
        chain = dut.scan_chain.fields
        length, divide, idle = (chain[name] for name in ("length", "divide", "idle"))
        low_phase = Signal(range(1 << (p.length_bits + p.divide_bits + 1)))
        m.d.comb += low_phase.eq((divide >> 1) * (length << 1) + length)
        awake = dut.request.any() | dut.clock_enable | part["gated"] | part["runs"]
        works = awake | part["power_busy"]
        handled = dut.scan | dut.load | dut.clear
        beats = dut.neuron_clock | dut.neuron_clock_before
        self.assumes("scan, load and clear at rest", ~(handled & (works | beats)))
        allowed = length.any() & divide.any() & (low_phase >= p.power.waking) & (idle < p.columns)
        self.assumes("settings are allowed where anything runs", allowed | ~works)
        was_request = Signal.like(dut.request, name="was_request")
        m.d.sync += was_request.eq(dut.request)
        self.assumes(
            "a request rises without an Ack and falls with one",
            ~((dut.request ^ was_request) & (dut.request ^ ~dut.ack)).any(),
        )
        self.gating(m, part, was_request)
        self.clock(m, part, low_phase)
        self.handshake(m, part, was_request)
        self.spikes(m, part, idle)
        self.rows(m)
        self.helpers(part)
        if p.power.waking == 1:
            quick = (length == 1) & (divide == 1)
            calm = quick & ~(dut.request.any() | handled | dut.neuron_clock)
            self.left_alone(m, part, calm)

    def gating(self, m: Module, part: Mapping[str, Signal], was_request: Signal) -> None:
        """Claim what holds of clock, power, isolation and rest."""
        dut = self.dut
        clock, met, passed = (Signal(name=name) for name in ("level", "met", "passed"))
        with m.If(part["clock_falls"]):
            m.d.sync += [clock.eq(0), met.eq(dut.clock_enable)]
        with m.Elif(part["clock_rises"]):
            m.d.sync += [clock.eq(1), passed.eq(dut.clock_ungate)]
        powered = part["power"] & part["good"] & ~part["reset"]
        usable = powered & ~dut.isolate & ~part["retain"]
        edge = part["rises"] | part["falls"]
        self.holds("no gated clock without power", usable | ~(part["gated"] | edge))
        self.holds("a gated pulse is a whole pulse of the clock", part["gated"] == (clock & passed))
        self.holds("the arbiter meets a whole low phase first", met | ~part["rises"])
        self.holds("isolated unless power is good and reset is done", dut.isolate | powered)
        outputs = part["acks"].any() | part["read"] | dut.plus.any() | dut.minus.any()
        self.holds(
            "isolated, it acknowledges, reads and launches nothing", ~(dut.isolate & outputs)
        )
        self.holds("the clock runs while a request is up", ~was_request.any() | part["runs"])
        off = dut.isolate & dut.retain & ~dut.power & ~part["gated"] & ~dut.clock
        self.holds("at rest all is off", dut.busy | (off & ~dut.clock_enable & ~dut.clock_ungate))
        self.helps("let through by a fall", met | ~dut.clock_ungate)
        self.helps("the clock as followed", clock == dut.clock)

    def clock(self, m: Module, part: Mapping[str, Signal], low_phase: Value) -> None:
        """Say how the generator's counters stand, and what it runs for."""
        dut, chain = self.dut, self.dut.scan_chain.fields
        count, rounds, length = part["count"], part["rounds"], chain["length"]
        over = Signal(len(low_phase) + 1, name="over")
        m.d.comb += over.eq(rounds * (length << 1) + count)
        under_way = count.any() | rounds.any()
        within = (count < (length << 1)) & (rounds < chain["divide"])
        self.helps("counters stay within", ~under_way | within)
        self.helps("the clock's phase", dut.clock == (under_way & (over >= low_phase)))
        self.helps("the clock runs for somebody", ~under_way | dut.clock_enable | part["gated"])
        waking = part["stage"] == Power.WAKING
        begins = dut.clock_enable & ~dut.clock_ungate & ~part["gated"] & (over == part["ticks"])
        self.helps("the clock starts with the power", ~waking | begins)

    def handshake(self, m: Module, part: Mapping[str, Signal], was_request: Signal) -> None:
        """Follow the request of one line through both synchronisers."""
        dut = self.dut
        line = self.any_value("line", self.params.rows)
        asked, ack, seen = (
            value.bit_select(line, 1) for value in (was_request, part["acks"], dut.ack)
        )
        first, request_seen, ack_first = (
            self.inside(f"synchroniser.{name}").bit_select(line, 1)
            for name in ("request_first", "request_seen", "ack_first")
        )
        names = ("ack", "seen", "asked", "moved", "last", "second", "asked_then")
        was = {name: Signal(name=f"was_{name}") for name in names}
        m.d.sync += [
            was["ack"].eq(ack), was["seen"].eq(seen), was["asked"].eq(asked),
            was["asked_then"].eq(was["second"]),
            was["moved"].eq((dut.neuron_clock & ~dut.neuron_clock_before) | dut.clear),
        ]  # fmt: skip
        with m.If(part["reset"]):
            m.d.sync += [was["last"].eq(0), was["second"].eq(0)]
        with m.Elif(part["rises"]):
            m.d.sync += [
                was["last"].eq(dut.request.bit_select(line, 1)), was["second"].eq(was["last"]),
            ]  # fmt: skip
        rises, falls = ack & ~was["ack"], was["ack"] & ~ack
        self.holds(
            "an Ack rises as its request is up, and falls as it is down",
            (~rises | (was["asked"] & asked & ~seen)) & (~falls | (~was["asked"] & ~asked & seen)),
        )
        self.holds("an Ack is for a request at the second last pulse", ~rises | was["asked_then"])
        self.holds(
            "what neurons see moves as their clock rises, or with a clear",
            was["moved"] | (seen == was["seen"]),
        )
        known = self.known(part)
        self.helps("followed at the last pulse", ~known | (first == was["last"]))
        self.helps("followed at the second last pulse", ~known | (request_seen == was["second"]))
        self.helps("acknowledged and up", ~(ack & asked) | (first & request_seen))
        self.helps("acknowledged and down", ~(ack & ~asked) | (request_seen | ~first))
        waits = known & ~ack
        self.helps("not acknowledged and up", ~(waits & asked) | (first | ~request_seen))
        self.helps("not acknowledged and down", ~(waits & ~asked) | ~(first | request_seen))
        both, neither = ack_first & seen, ~(ack_first | seen)
        order = Mux(ack, ack_first | ~seen, seen | ~ack_first)
        settled = Mux(ack, asked | both, ~asked | neither)
        self.helps("an Ack on its way", order & settled)
        if self.params.power.waking == 1:
            self.reaches("served", falls)

    def spikes(self, m: Module, part: Mapping[str, Signal], idle: Value) -> None:
        """Follow an Ack and its spikes."""
        dut, n = self.dut, self.params.columns
        acks, spkgen = part["acks"], part["spkgen"]
        shown = dut.plus | dut.minus
        was_acks, was_shown = Signal.like(acks, name="was_acks"), Signal(n, name="was_shown")
        fresh = Signal(name="fresh")
        m.d.sync += [was_acks.eq(acks), was_shown.eq(shown), fresh.eq(part["grant"])]
        ends = was_acks.any() & (was_acks != acks)
        self.holds(
            "spikes are up once per Ack, until its end",
            Mux(was_shown.any() & ~ends, shown == was_shown, ~ends | was_shown.any()),
        )
        stored = [self.inside(f"memory.row_{k}") for k in range(self.params.rows)]
        row = Signal(n, name="stored")
        for k, word in enumerate(stored):
            with m.If(part["ack"][k]):
                m.d.comb += row.eq(word)
        self.holds(
            "spikes are the weights of the row that is acknowledged",
            (~shown.any() | acks.any()) & ~(dut.plus & ~row).any() & ~(dut.minus & row).any(),
        )
        columns = Cat(k + idle < n for k in range(n))
        self.holds(
            "a column gets one spike or none, an idle one none",
            ~(dut.plus & dut.minus).any() & ~(shown & ~columns).any(),
        )
        known, serves = self.known(part), acks.any()
        self.helps("spikes in St2", shown == Mux(serves & (spkgen == Stage.ST2), columns, 0))
        taken = dut.weights == row
        self.helps("weights after St0", ~serves | (spkgen == Stage.ST0) | taken)
        read = self.inside("memory.word") == row
        begins = serves & (spkgen == Stage.ST0)
        self.helps("read in St0", ~begins | read | fresh)
        self.helps("granted as the clock rises", ~fresh | (dut.clock & dut.clock_ungate))
        two = (part["ack"] & (part["ack"] - 1)[: self.params.rows]).any()
        standby = ~part["ack"].any() & (spkgen == Stage.ST0)
        self.helps("a legal state", ~known | (~two & (spkgen != 3) & (part["ack"].any() | standby)))
        self.helps("in standby unless the clock comes", ~known | dut.clock_ungate | standby)
        self.helps("as they were", (was_acks == acks) | part["gated"])
        if self.params.power.waking == 1:
            self.reaches("from Ack to Ack", was_acks.any() & acks.any() & ends)

    def rows(self, m: Module) -> None:
        """Follow a row of the memory."""
        dut, chain = self.dut, self.dut.scan_chain.fields
        row = self.any_value("row", self.params.rows)
        loaded = Signal(self.params.columns, name="loaded")
        with m.If(dut.load & (chain["row"] == row)):
            m.d.sync += loaded.eq(chain["word"])
        words = [self.inside(f"memory.row_{k}") for k in range(self.params.rows)]
        same = Cat((row != k) | (word == loaded) for k, word in enumerate(words))
        self.holds("a row is what was loaded", same.all())

    def known(self, part: Mapping[str, Signal]) -> Value:
        """Return whether what is not retained has been reset, and has not been off since."""
        on = (part["stage"] == Power.ON) | (part["stage"] == Power.GOING_OFF)
        return on | ((part["stage"] == Power.WAKING) & part["ticks"].any())

    def helpers(self, part: Mapping[str, Signal]) -> None:
        """Say how the power gate stands to the clock."""
        p, dut = self.params.power, self.dut
        stage, ticks = part["stage"], part["ticks"]
        off, waking, on, going = (stage == Power[n] for n in ("OFF", "WAKING", "ON", "GOING_OFF"))
        bound = Mux(waking, p.waking, Mux(going, p.going_off, 1))
        self.helps("power gate: ticks", ticks < bound)
        self.helps("power gate: power", part["power"] == ~off)
        self.helps("power gate: good", part["good"] == (on | going | (waking & (ticks >= p.wake))))
        self.helps("power gate: isolate", part["clamped"] == ~on)
        retain = off | waking | (going & (ticks >= p.isolate))
        self.helps("power gate: retain", part["retain"] == retain)
        self.helps("power gate: reset", part["reset"] == waking)
        self.helps("power is asked for", waking | on | ~(dut.clock_enable | part["gated"]))
        self.helps("pulses have power", on | ~(part["gated"] | dut.clock_ungate))
        self.helps("FFclk-ug needs FFclk-en", dut.clock_enable | ~dut.clock_ungate)

    def left_alone(self, m: Module, part: Mapping[str, Signal], calm: Value) -> None:
        """Claim that any state ends in sleep, without requests and with the quickest clock."""
        dut, ticks = self.dut, 40
        calms = Signal(ticks)
        m.d.sync += calms.eq(Cat(calm, calms[:-1]))
        off = ~(dut.clock_enable | dut.clock_ungate | part["gated"] | part["power"] | dut.clock)
        self.leaves("left alone, asleep from any state", ~calms.all() | off, ticks)


PROOF = SynapseBlockProof

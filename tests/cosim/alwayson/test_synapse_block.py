import numpy as np
import pytest
from amaranth.hdl import Signal

from goldspike.cosim.alwayson.shared.handshakes import HANDSHAKES, check_handshakes
from goldspike.cosim.alwayson.stimuli.synapse_block import RATIOS
from goldspike.cosim.alwayson.synapse_block import BENCH
from goldspike.cosim.bench.scoreboard import LockstepError, first_mismatch
from goldspike.cosim.bench.stimulus import edges, get_lines
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.alwayson.request_synchroniser import RequestSynchroniser
from goldspike.hdl.alwayson.synapse_arbiter import Stage, SynapseArbiter
from goldspike.hdl.alwayson.synapse_block import SynapseBlock
from goldspike.hdl.bugs import bug_in

WRONG_ANSWERS = [
    (
        "5x3",
        "synchroniser.ack.eq(arbiter.ack & ~self.isolate.replicate(self.params.rows))",
        "synchroniser.ack.eq(0)",
        r"nothing moves for 1000 ticks: row 0: .*",
    ),
    (
        "5x3",
        "arbiter.request.eq(synchroniser.request_seen)",
        "arbiter.request.eq(synchroniser.request_seen & ~arbiter.ack)",
        r"row \d: its Ack falls while it still asks",
    ),
    (
        "5x3",
        "memory.row.eq(arbiter.row)",
        "memory.row.eq(0)",
        r"row \d is served \d+ times, and asked \d+ times",
    ),
]

FAULTS = [
    ("3x5", "memory.write.eq(self.load)", "memory.write.eq(self.load & ~self.clear)"),
    ("3x5", "arbiter.clear.eq(self.clear)", "arbiter.clear.eq(self.clear & ~self.load)"),
    ("3x5", "arbiter.clear.eq(self.clear)", "arbiter.clear.eq(self.clear & ~self.scan)"),
    ("3x5", "scan_chain.scan.eq(self.scan)", "scan_chain.scan.eq(self.scan & ~self.clear)"),
    ("3x5", "scan_chain.scan.eq(self.scan)", "scan_chain.scan.eq(self.scan | self.scan_in)"),
]

APART = {
    ("request", "scan"),
    ("request", "load"),
    ("request", "clear"),
    ("neuron_clock", "scan"),
    ("neuron_clock", "load"),
    ("neuron_clock", "clear"),
}

GATED = ["3x5"]


@pytest.mark.parametrize("config", ["3x5", "5x3-slow-power"])
def test_in_lockstep(config):
    run_bench(BENCH, config, steps=200)  # cocotb; test_batch.py drives all from arrays


PIECES, HANDSHAKES_EACH = 10, 10_000


def served_in_turn(rows, records, n):
    """Return how many requests rose; each is acknowledged once, before the line's next one."""
    tick, row = edges(rows, "request", n)
    ack = get_lines(records, "ack", n)
    place, granted = np.nonzero(ack & ~np.vstack([np.zeros_like(ack[:1]), ack[:-1]]))
    for line in range(n):
        ask, grant = tick[row == line], records["tick"][place[granted == line]]
        assert ask.size == grant.size and (ask < grant).all() and (grant[:-1] < ask[1:]).all()
    return tick.size


@pytest.mark.slow
@pytest.mark.parametrize("config", ["3x5", *RATIOS])
def test_a_hundred_thousand_handshakes_are_each_served_once(config):
    bench, count, phases = BENCH(config), 0, {}
    with BatchSimulator(bench.make(), bench.layout, fast=True) as simulator:
        for seed in range(PIECES):
            rows = bench.stimulus(np.random.default_rng(seed), HANDSHAKES_EACH)
            expected = bench.expect(rows)
            simulator.reset()
            got = simulator.run(rows, int(rows["tick"][-1]) + bench.idle)
            assert first_mismatch(expected, got) is None
            bench.check(got)
            count += served_in_turn(rows, got, bench.params.rows)
            for name, hits in bench.phases(rows, got).items():
                phases[name] = phases.get(name, 0) + hits
    assert count >= PIECES * HANDSHAKES_EACH
    assert [name for name, hits in phases.items() if not hits.all()] == []


@bug_in(SynapseBlock, at=RequestSynchroniser)
def one_flip_flop(m, part, inside):
    """Bug: a request reaches the arbiter over one flip-flop."""
    with m.If(part.synapse_rises & ~part.reset):
        m.d.sync += part.request_seen.eq(part.request)


@bug_in(SynapseBlock)
def ungated_synchroniser(m, dut, inside):
    """Bug: the requests' synchronisers run on the clock before its gate."""
    m.d.comb += dut.synchroniser.synapse_rises.eq(dut.oscillator.rises)


@bug_in(SynapseBlock)
def wakes_on_edges(m, dut, inside):
    """Bug: only a request that rises wakes the block; one that comes with sleep is lost."""
    before, asks = Signal(), dut.request.any()
    m.d.sync += before.eq(asks)
    awake = dut.clock_enable & ~inside("sleep")
    m.d.sync += dut.clock_enable.eq(awake | (asks & ~before))


@bug_in(SynapseBlock, at=SynapseArbiter)
def captures_early(m, part, inside):
    """Bug: weights are taken as the row is chosen: those of the row before."""
    m.d.comb += part.capture.eq(part.grant)


@bug_in(SynapseBlock, at=SynapseArbiter)
def captures_late(m, part, inside):
    """Bug: weights are taken a step late, as the spikes are launched."""
    m.d.comb += part.capture.eq(part.step & (part.spkgen == Stage.ST1))


@bug_in(SynapseBlock)
def launches_unpowered(m, dut, inside):
    """Bug: the lines of positive spikes are not isolated."""
    with m.If(dut.arbiter.launch & dut.isolate):
        m.d.comb += dut.plus.eq(dut.weights)


@bug_in(SynapseBlock)
def acknowledges_unpowered(m, dut, inside):
    """Bug: acknowledgements are not isolated."""
    m.d.comb += dut.synchroniser.ack.eq(dut.arbiter.ack)


@bug_in(SynapseBlock)
def wakes_with_old_requests(m, dut, inside):
    """Bug: the requests' synchronisers are not reset as the block wakes."""
    m.d.comb += dut.synchroniser.reset.eq(0)


@bug_in(SynapseBlock)
def stays_ungated(m, dut, inside):
    """Bug: FFclk-ug outlasts sleep."""
    falls = dut.oscillator.falls
    m.d.sync += dut.clock_ungate.eq((dut.clock_ungate | falls) & dut.clock_enable)


LAUNCH = SynapseBlock.launch


@bug_in(SynapseBlock, SynapseBlock.launch)
def one_column_too_many(self, m, idle):
    """Bug: the first idle column gets spikes, too."""
    LAUNCH(self, m, (idle - (idle != 0))[: len(idle)])


@bug_in(SynapseBlock)
def loads_the_row_before(m, dut, inside):
    """Bug: weights are loaded into the row before."""
    row = dut.scan_chain.fields["row"]
    m.d.comb += dut.memory.write_row.eq(row - 1)


@bug_in(SynapseBlock, SynapseBlock.neuron_rises)
def samples_on_falls(self):
    """Bug: acknowledgements go on as the neurons' clock falls."""
    return ~self.neuron_clock & self.neuron_clock_before


@bug_in(SynapseBlock, at=RequestSynchroniser)
def keeps_an_acknowledgement(m, part, inside):
    """Bug: an acknowledgement that a neuron sees outlasts the frame."""
    with m.If(part.clear):
        m.d.sync += part.ack_seen.eq(part.ack_seen)


BUGS = [
    (one_flip_flop, "(request_seen|pin|record)"),
    (ungated_synchroniser, "(request_first|record)"),
    (wakes_on_edges, "(clock_enable|record)"),
    (captures_early, "(weights|record)"),
    (captures_late, "(weights|record)"),
    (launches_unpowered, "pin plus"),
    (acknowledges_unpowered, "(ack_first|record)"),
    (wakes_with_old_requests, "(request_first|request_seen|record)"),
    (stays_ungated, "(clock_ungate|record)"),
    (one_column_too_many, "pin (plus|minus)"),
    (loads_the_row_before, "(weights|record|pin)"),
    (samples_on_falls, "(ack_first|record)"),
    (keeps_an_acknowledgement, "(ack_seen|record)"),
]
OFTEN = {wakes_on_edges, launches_unpowered, wakes_with_old_requests}


@pytest.mark.parametrize(
    ("rtl", "field"),
    [pytest.param(*bug, marks=[] if bug[0] in OFTEN else pytest.mark.slow) for bug in BUGS],
)
def test_a_wrong_block_is_caught(rtl, field, caught):
    caught(rtl, "5x3-slow-power", field, steps=200)


@pytest.fixture(scope="module")
def records():
    """Return the records of a run that holds all invariants."""
    bench = BENCH("3x5")
    found = bench.expect(bench.stimulus(np.random.default_rng(1), 100))
    check_handshakes(found, 3)
    return found


@pytest.mark.parametrize(
    ("invariant", "field", "value", "where"),
    [
        (0, "gated", 1, lambda r: r["power"] == 0),
        (1, "gated", 0, lambda r: r["gated"] == 1),
        (2, "clock_ungate", 1, lambda r: r["clock_enable"] < (r["power"] == 0)),
        (3, "ack", 0b111, lambda r: r["ack"][:, 0] != 0),
        (4, "served", 99, lambda r: r["ack"][:, 0] == 0),
        (5, "spkgen", 1, lambda r: (r["spkgen"] == 2) & (np.roll(r["ack"][:, 0], -1) == 0)),
    ],
)
def test_a_broken_invariant_is_named(records, invariant, field, value, where):
    broken = records.copy()
    broken[field][np.flatnonzero(where(broken))[10]] = value
    with pytest.raises(LockstepError, match=f"not so: {HANDSHAKES[invariant]}"):
        check_handshakes(broken, 3)

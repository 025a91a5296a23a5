import pytest

from goldspike.cosim.alwayson.synapse_arbiter import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.synapse_arbiter import Stage, SynapseArbiter
from goldspike.hdl.bugs import bug_in

WRONG_ANSWERS = [
    (
        "fixed-5",
        "moves_on.eq(~(request & ack).any())",
        "moves_on.eq(1)",
        r"row \d: its Ack falls while it still asks|row \d is served \d+ times, and asked .*",
    ),
    (
        "fixed-5",
        "moves_on.eq(~(request & ack).any())",
        "moves_on.eq(~request.any())",
        r"nothing moves for 1000 ticks: row \d: asks 1, served \d, Acks 0.*",
    ),
    (
        "round_robin-5",
        "m.d.sync += [ack.eq(chosen), stage.eq(Stage.ST0)]",
        "m.d.sync += [ack.eq(request), stage.eq(Stage.ST0)]",
        r"row \d and others have Acks at once: 0x\w+",
    ),
    (
        "round_robin-5",
        "with m.If(self.clear):",
        "with m.If(self.clear & ~self.step):",
        r"0x\w+ comes first after a clear, not 0x\w+",
    ),
]

TOP_STEPS = 4


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(SynapseArbiter, SynapseArbiter.pick)
def highest_first(self):
    """Bug: the highest row is granted."""
    n = self.params.inputs
    return sum((self.request[k] & ~self.request[k + 1 :].any()) << k for k in range(n))


@bug_in(SynapseArbiter)
def ends_in_st1(m, dut, inside):
    """Bug: Ack falls with its request before Spkgen is done."""
    with m.If(dut.step & (dut.spkgen == Stage.ST1) & ~(dut.request & dut.ack).any()):
        m.d.sync += [dut.ack.eq(0), inside("stage").eq(Stage.ST0)]


@bug_in(SynapseArbiter)
def serves_twice(m, dut, inside):
    """Bug: Ack falls after St2 while its request is up, which is served twice."""
    with m.If(dut.step & (dut.spkgen == Stage.ST2)):
        m.d.sync += [dut.ack.eq(0), inside("stage").eq(Stage.ST0)]


@bug_in(SynapseArbiter)
def grants_the_row_just_served(m, dut, inside):
    """Bug: after St2 the lowest row is granted, though it may be the one that is acknowledged."""
    with m.If(dut.step & (dut.spkgen == Stage.ST2) & dut.request.any()):
        m.d.sync += [dut.ack.eq(inside("chosen")), inside("stage").eq(Stage.ST0)]


@bug_in(SynapseArbiter)
def sleeps_on_a_request(m, dut, inside):
    """Bug: the block goes to sleep with the end of an Ack though others ask."""
    with m.If(dut.step & (dut.spkgen == Stage.ST2) & ~(dut.request & dut.ack).any()):
        m.d.comb += dut.sleep.eq(1)


@bug_in(SynapseArbiter)
def takes_late(m, dut, inside):
    """Bug: the weights are taken a step late."""
    m.d.comb += dut.capture.eq(dut.step & (dut.spkgen == Stage.ST1))


@bug_in(SynapseArbiter)
def launches_early(m, dut, inside):
    """Bug: the spikes are launched in St1."""
    m.d.comb += dut.launch.eq(dut.ack.any() & (dut.spkgen != Stage.ST0))


@bug_in(SynapseArbiter)
def acknowledges_two(m, dut, inside):
    """Bug: all requests are acknowledged at once."""
    with m.If(dut.grant & ~dut.reset):
        m.d.sync += dut.ack.eq(dut.request)


@bug_in(SynapseArbiter)
def stays_where_it_looks(m, dut, inside):
    """Bug: round robin looks from the same row after every grant."""
    with m.If(dut.grant & ~dut.clear):
        m.d.sync += dut.following.eq(dut.following)


@bug_in(SynapseArbiter)
def resets_where_it_looks(m, dut, inside):
    """Bug: a reset makes round robin look from row 0."""
    with m.If(dut.reset):
        m.d.sync += dut.following.eq(0)


@bug_in(SynapseArbiter)
def unretained(m, dut, inside):
    """Bug: where round robin looks is not retained."""
    with m.If(dut.grant & dut.retain & ~dut.clear):
        m.d.sync += dut.following.eq(dut.row)


@bug_in(SynapseArbiter)
def never_cleared(m, dut, inside):
    """Bug: where round robin looks is not cleared between two frames."""
    with m.If(dut.clear):
        m.d.sync += dut.following.eq(dut.following)


@pytest.mark.parametrize(
    ("rtl", "field"),
    [
        (highest_first, "ack"),
        (ends_in_st1, "(ack|spkgen)"),
        (serves_twice, "(ack|spkgen)"),
        (grants_the_row_just_served, "(ack|spkgen)"),
        (sleeps_on_a_request, "sleep"),
        (takes_late, "capture"),
        (launches_early, "launch"),
        (acknowledges_two, "(ack|read)"),
        (stays_where_it_looks, "following"),
        (resets_where_it_looks, "following"),
        (unretained, "following"),
        (never_cleared, "following"),
    ],
)
def test_a_wrong_arbiter_is_caught(rtl, field, caught):
    caught(rtl, "round_robin-3", f"(pin )?{field}", steps=1500)

import pytest

from goldspike.cosim.alwayson.request_synchroniser import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.request_synchroniser import RequestSynchroniser
from goldspike.hdl.bugs import bug_in


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(RequestSynchroniser)
def one_flipflop(m, dut, inside):
    """Bug: requests pass one flip-flop instead of two."""
    with m.If(dut.synapse_rises & ~dut.reset):
        m.d.sync += dut.request_seen.eq(dut.request)


@bug_in(RequestSynchroniser)
def keeps_a_request(m, dut, inside):
    """Bug: a synchronised request outlasts the reset of a wake-up."""
    with m.If(dut.reset):
        m.d.sync += dut.request_seen.eq(dut.request_seen)


@bug_in(RequestSynchroniser)
def clear_forgotten(m, dut, inside):
    """Bug: the second flip-flop of an Ack is not cleared between two frames."""
    with m.If(dut.clear):
        m.d.sync += dut.ack_seen.eq(dut.ack_seen)


@bug_in(RequestSynchroniser)
def shared_clock(m, dut, inside):
    """Bug: acknowledgements are synchronised to the synapse block's clock."""
    with m.If(dut.synapse_rises & ~dut.clear):
        m.d.sync += [dut.ack_seen.eq(dut.ack_first), dut.ack_first.eq(dut.ack)]


@pytest.mark.parametrize(
    ("rtl", "field"),
    [
        (one_flipflop, "request_seen"),
        (keeps_a_request, "request_seen"),
        (clear_forgotten, "ack_seen"),
        (shared_clock, "ack_(first|seen)"),
    ],
)
def test_a_wrong_synchroniser_is_caught(rtl, field, caught):
    caught(rtl, "3", f"(record|{field})")

import pytest
from amaranth.hdl import Cat

from goldspike.cosim.alwayson.scan_chain import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.scan_chain import ScanChain
from goldspike.hdl.bugs import bug_in


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(ScanChain)
def turned_round(m, dut, inside):
    """Bug: a scan chain shifts upwards."""
    with m.If(dut.scan):
        m.d.sync += dut.chain.eq(Cat(dut.scan_in, dut.held[:-1]))


@bug_in(ScanChain)
def stops_short(m, dut, inside):
    """Bug: a scan chain leaves its lowest bit out."""
    with m.If(dut.scan):
        m.d.sync += dut.chain[0].eq(dut.chain[0])


@bug_in(ScanChain)
def never_rests(m, dut, inside):
    """Bug: a scan chain shifts on every tick."""
    m.d.sync += dut.chain.eq(Cat(dut.held[1:], dut.scan_in))


@pytest.mark.parametrize("rtl", [turned_round, stops_short, never_rests])
def test_a_wrong_chain_is_caught(rtl, caught):
    caught(rtl, "five", "(pin held|length|divide|row)")

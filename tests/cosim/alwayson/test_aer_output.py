import pytest
from amaranth.hdl import Mux

from goldspike.cosim.alwayson.aer_output import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.aer_output import AerOutput
from goldspike.hdl.bugs import bug_in

TOP_STEPS = 4


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(AerOutput)
def last_of_several(m, dut, inside):
    """Bug: of several highest potentials the last one wins."""
    place, potential = inside("place"), inside("potential")
    with m.If(inside("reads") & (potential >= inside("highest"))):
        m.d.sync += [inside("highest").eq(potential), inside("leader").eq(place)]


@bug_in(AerOutput)
def keeps_the_highest(m, dut, inside):
    """Bug: the highest potential of the readout before still counts."""
    with m.If(inside("reads") & (inside("potential") <= inside("highest"))):
        m.d.sync += [inside(name).eq(inside(name)) for name in ("highest", "leader")]


@bug_in(AerOutput)
def unsigned_values(m, dut, inside):
    """Bug: negative potentials are taken for large ones."""
    potential, highest = (inside(name).as_unsigned() for name in ("potential", "highest"))
    better = (inside("place") == 0) | (potential > highest)
    with m.If(inside("reads")):
        m.d.sync += [
            inside(name).eq(Mux(better, new, inside(name)))
            for name, new in (("highest", potential), ("leader", inside("place")))
        ]


@bug_in(AerOutput)
def starts_again(m, dut, inside):
    """Bug: a start during a readout begins it again."""
    with m.If(dut.start):
        m.d.sync += [inside("runs").eq(1), inside("place").eq(0)]


@bug_in(AerOutput)
def says_the_winner_early(m, dut, inside):
    """Bug: the winner leaves with the last potential, which does not count."""
    last = inside("reads") & (inside("place") == dut.params.lines - 1)
    m.d.sync += [dut.done.eq(last), dut.winner.eq(Mux(last, inside("leader"), 0))]
    with m.If(last):
        m.d.sync += inside("runs").eq(0)


@pytest.mark.parametrize(
    ("rtl", "field"),
    [
        (last_of_several, "winner"),
        (keeps_the_highest, "winner"),
        (unsigned_values, "winner"),
        (starts_again, "address"),
        (says_the_winner_early, "done"),
    ],
)
def test_a_wrong_output_is_caught(rtl, field, caught):
    caught(rtl, "3-4", f"(record|{field})")

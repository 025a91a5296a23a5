import pytest

from goldspike.cosim.alwayson.cell.core import BENCH
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.cell.core import Core
from goldspike.hdl.bugs import bug_in

NUMBERED = True

OPEN = {
    ("clear", "load"),
    ("clear", "scan_in"),
    ("clear", "scan_neurons"),
    ("clear", "scan_synapses"),
    ("minus", "clear"),
    ("minus", "load"),
    ("minus", "scan_in"),
    ("minus", "scan_neurons"),
    ("minus", "scan_synapses"),
    ("plus", "clear"),
    ("plus", "load"),
    ("plus", "scan_in"),
    ("plus", "scan_neurons"),
    ("plus", "scan_synapses"),
    ("scan_neurons", "load"),
    ("scan_neurons", "scan_synapses"),
    ("scan_synapses", "load"),
}

GATED = ["hidden-3x5"]


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config, steps=BENCH.least_steps)


@bug_in(Core)
def acknowledges_the_neighbour(m, core, inside):
    """Bug: in `cell`, a core acknowledges the neuron after the one that asked."""
    m.d.comb += core.neurons.ack.eq(core.synapses.ack.rotate_left(1))


@bug_in(Core)
def asks_without_delay(m, core, inside):
    """Bug: in `cell`, a core's requests reach the synapse block with the edge that caused them."""
    m.d.comb += core.synapses.request.eq(core.neurons.request)


@bug_in(Core)
def one_clock_for_both(m, core, inside):
    """Bug: in `cell`, a core's acknowledgements go on with the synapse block's own clock."""
    m.d.comb += core.synapses.neuron_clock.eq(core.synapses.clock)


@bug_in(Core)
def remembers_the_frame(m, core, inside):
    """Bug: in `cell`, a core's clear does not reach the synapse block."""
    m.d.comb += core.synapses.clear.eq(0)


@bug_in(Core)
def one_chain(m, core, inside):
    """Bug: in `cell`, both of a core's scan chains shift with the synapse block's clock."""
    m.d.comb += core.neurons.scan_clock.eq(core.scan_synapses)


BUGS = (
    acknowledges_the_neighbour,
    asks_without_delay,
    one_clock_for_both,
    remembers_the_frame,
    one_chain,
)


@pytest.mark.parametrize("rtl", [pytest.param(rtl, marks=pytest.mark.slow) for rtl in BUGS])
def test_wrong_wires_between_the_blocks_are_caught(rtl):
    with pytest.raises(LockstepError, match=r"picosecond \d+, field|not so:"):
        run_bench(BENCH, "hidden-3x5", rtl=rtl, driver="arrays", steps=BENCH.least_steps)

import numpy as np
import pytest

from goldspike.cosim.alwayson.cell.core import BENCH
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.cell.core import Core
from goldspike.hdl.bugs import bug_in

NUMBERED = True

FAULTS = [
    (
        "hidden-3x5",
        "neurons.scan_clock.eq(self.scan_neurons)",
        "neurons.scan_clock.eq(self.scan_neurons & ~self.load)",
    ),
    (
        "hidden-3x5",
        "neurons.scan_clock.eq(self.scan_neurons)",
        "neurons.scan_clock.eq(self.scan_neurons & ~self.plus.any())",
    ),
    (
        "hidden-3x5",
        "synapses.scan_clock.eq(self.scan_synapses)",
        "synapses.scan_clock.eq(self.scan_synapses & ~self.clear)",
    ),
    (
        "hidden-3x5",
        "synapses.scan_clock.eq(self.scan_synapses)",
        "synapses.scan_clock.eq(self.scan_synapses & ~self.minus.any())",
    ),
    (
        "hidden-3x5",
        "synapses.scan_clock.eq(self.scan_synapses)",
        "synapses.scan_clock.eq(self.scan_synapses & ~self.scan_neurons)",
    ),
]

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


def test_what_is_given_at_work_or_as_a_word_is_loaded_is_forbidden():
    bench = BENCH("hidden-3x5")
    rows = bench.stimulus(np.random.default_rng(1), 40)
    expected = bench.expect(rows)
    assert not any(ticks.size for ticks in bench.forbidden(rows, expected).values())
    for name in ("scan_neurons", "scan_synapses", "load", "clear"):
        wrong = rows.copy()
        wrong[name][np.flatnonzero(rows["plus"])[0] + 1] = 1
        assert bench.forbidden(wrong, expected)["the core rests"].size
    rows["load"] = rows["scan_synapses"]
    assert bench.forbidden(rows, expected)["the chain holds still as it is loaded"].size

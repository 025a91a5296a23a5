import numpy as np
import pytest

from goldspike.cosim.alwayson.cell.neuron_block import BENCH
from goldspike.cosim.alwayson.cell.stimuli.neuron_block import TICK_PS, rows_from_ticks
from goldspike.cosim.bench.circuits import choose_config
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.alwayson.cell.neuron_block import NeuronBlock
from goldspike.hdl.bugs import bug_in
from goldspike.model.errors import InputError

APART = {("ack", "scan_clock")}
"""An Ack that is up is that of a block at work, and nothing is awake as the chain shifts."""

FAULTS = [
    (
        "hidden-3",
        "neuron.clear.eq(self.clear)",
        "neuron.clear.eq(self.clear & ~self.scan_clock)",
    ),
    (
        "hidden-3",
        "neuron.clear.eq(self.clear)",
        "neuron.clear.eq(self.clear & ~self.ack.any())",
    ),
    (
        "hidden-3",
        "asked.eq(self.asks(neurons))",
        "asked.eq(self.asks(neurons) & ~self.scan_in)",
    ),
]

GATED = ["hidden-3"]


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(NeuronBlock, NeuronBlock.asks)
def one_asks(self, neurons):
    """Bug: in `cell`, the generator runs for one neuron only."""
    return neurons[0].clock_enable


@bug_in(NeuronBlock, at="scan_chain")
def stops_short(m, block, inside):
    """Bug: in `cell`, the scan chain stops short."""
    length = inside("scan_chain.length")
    m.d.scan += length.eq(length)


CASES = [(one_asks, "hidden-3"), (stops_short, "input-2-by-3")]


@pytest.mark.parametrize(("rtl", "config"), CASES)
def test_a_wrong_generator_or_chain_is_caught(rtl, config, caught):
    caught(rtl, config, r"(neuron_\d_\w+|clock|record)", steps=150)


@pytest.mark.parametrize("config", ["hidden-3", "input-2-by-3", "output-2"])
def test_both_realisations_are_the_same_in_every_state_potential_request_and_wake_up(config):
    bench = BENCH(config)
    tick = bench.in_ticks
    rows = tick.stimulus(np.random.default_rng(7), 500)
    with BatchSimulator(tick.make(), tick.layout) as simulator:
        ticks = simulator.run(rows, int(rows["tick"][-1]) + 40)
    picoseconds = rows_from_ticks(bench, rows)
    with BatchSimulator(bench.make(), bench.layout) as simulator:
        records = simulator.run(picoseconds, int(picoseconds["tick"][-1]) + 40 * TICK_PS)
    one = seen(ticks.view(tick.params.record_dtype))
    other = seen(bench.decode(records).view(bench.params.record_dtype))
    # what changes with a clear, half a tick early in picoseconds, shows after the tick in both
    assert one.keys() == {-(-time // TICK_PS) for time in other}
    assert one == {-(-time // TICK_PS): word for time, word in other.items()}
    assert len(one) > 500


def seen(records):
    """Return what both realisations show, by time of its changes: all but the power."""
    names = [name for name in records["neurons"].dtype.names if name != "power"]
    found, before = {}, None
    for record in records:
        word = (int(record["clock"]), *(record["neurons"][name].tobytes() for name in names))
        if word != before:
            found[int(record["tick"])] = before = word
    return found


def test_power_that_goes_off_too_late_is_refused():
    slow = "neuron.power.isolate=20,neuron.power.settle=3980"
    assert choose_config(BENCH, f"{slow},settings.length=1001")
    with pytest.raises(InputError, match="within two periods of the clock, 4000 ps, not 4000"):
        choose_config(BENCH, f"{slow},settings.length=1000")


def test_what_is_given_while_a_neuron_is_awake_is_forbidden():
    bench = BENCH("hidden-3")
    rows = bench.stimulus(np.random.default_rng(1), 60)
    expected = bench.expect(rows)
    assert not any(ticks.size for ticks in bench.forbidden(rows, expected).values())
    spiked = np.flatnonzero(rows["plus"])[0] + 1
    for name, broken in (("scan_clock", "as the chain"), ("clear", "as potentials")):
        wrong = rows.copy()
        wrong[name][spiked] = 1
        found = bench.forbidden(wrong, expected)
        (ticks,) = (ticks for asked, ticks in found.items() if f"is awake {broken}" in asked)
        assert ticks.size


def test_a_chain_that_shifts_while_an_ack_is_up_is_forbidden():
    bench = BENCH("hidden-3")
    rows = bench.stimulus(np.random.default_rng(1), 60)
    expected = bench.expect(rows)
    rows["ack"][rows["scan_clock"] == 1] = 1
    assert bench.forbidden(rows, expected)["no Ack is up as the chain shifts"].size

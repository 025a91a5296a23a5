import numpy as np
import pytest

from goldspike.cosim.alwayson.neuron_block import BENCH
from goldspike.cosim.alwayson.neuron_fsm import STATE_NAMES
from goldspike.cosim.alwayson.shared.invariants import INVARIANTS, check_invariants
from goldspike.cosim.bench.scene import load_scene
from goldspike.cosim.bench.scoreboard import LockstepError, first_mismatch
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.alwayson.neuron import Neuron
from goldspike.hdl.alwayson.neuron_block import NeuronBlock
from goldspike.hdl.alwayson.scan_chain import ScanChain
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.oscillator import Oscillator
from goldspike.model.timing.power_gate import PowerState

WRONG_ANSWERS = [
    (
        "hidden-7",
        "neuron.ack.eq(self.ack[k])",
        "neuron.ack.eq(self.ack[0])",
        r"(nothing moves for 1000 ticks: )?neuron \d: .*",
    ),
    (
        "hidden-7",
        "neuron.ack.eq(self.ack[k])",
        "neuron.ack.eq(~self.ack[k])",
        r"nothing moves for 1000 ticks: neuron \d: .*",
    ),
    (
        "hidden-7",
        "oscillator.enable.eq(self.asks(neurons))",
        "oscillator.enable.eq(neurons[0].clock_enable | neurons[0].gated)",
        r"nothing moves for 1000 ticks: neuron \d: .*",
    ),
    (
        "hidden-7",
        "neuron.clear.eq(self.clear)",
        "neuron.clear.eq(self.clear & ~self.clock)",
        r"neuron \d: a clear leaves 0x\w+",
    ),
]

FAULTS = [
    (
        "hidden-7",
        "Cat(neuron.request for neuron in neurons)",
        "Cat(neuron.request for neuron in neurons[::-1])",
    ),
    ("hidden-7", "chain.scan.eq(self.scan)", "chain.scan.eq(self.scan | self.scan_in)"),
    ("hidden-7", "chain.scan.eq(self.scan)", "chain.scan.eq(self.scan & ~self.clear)"),
    ("hidden-7", "chain.scan.eq(self.scan)", "chain.scan.eq(self.scan & ~self.plus.any())"),
    ("hidden-7", "neuron.clear.eq(self.clear)", "neuron.clear.eq(self.clear & ~self.scan)"),
]

APART = {("ack", "scan")}

FEW = {"ack"}
"""The largest block is of outputs, which request nothing."""

GATED = ["hidden-1"]


@pytest.mark.parametrize("config", ["hidden-3-18", "hidden-4-slow-power", "output-10"])
def test_in_lockstep(config):
    run_bench(BENCH, config, steps=1000)  # cocotb; test_batch.py drives all from arrays


def test_a_hundred_thousand_spikes_in_lockstep():
    result = run_bench(BENCH, "hidden-7", driver="arrays", steps=100_000)
    assert result.compared > 100_000


@bug_in(NeuronBlock, at=Neuron)
def stuck_open_gates(m, neuron, inside):
    """Bug: all clock gates of a block are stuck open."""
    m.d.comb += neuron.clock_gate.enable.eq(1)


@bug_in(NeuronBlock, at=Neuron)
def no_wakeup_resets(m, neuron, inside):
    """Bug: no neuron of a block is reset as it wakes."""
    m.d.comb += neuron.fsm.reset.eq(0)


@bug_in(NeuronBlock, NeuronBlock.asks)
def first_neuron_only(self, neurons):
    """Bug: the generator runs for one neuron only."""
    return neurons[0].clock_enable


@bug_in(NeuronBlock, Oscillator.runs)
def partial_periods(self, under_way):
    """Bug: the generator stops inside a period."""
    return self.enable


@bug_in(NeuronBlock, at=ScanChain)
def skips_a_bit(m, chain, inside):
    """Bug: the scan chain stops short."""
    threshold = chain.fields["threshold"]
    with m.If(chain.scan):
        m.d.sync += threshold.eq(threshold)


@pytest.mark.parametrize(
    "rtl",
    [
        stuck_open_gates,
        first_neuron_only,
        pytest.param(no_wakeup_resets, marks=pytest.mark.slow),
        pytest.param(partial_periods, marks=pytest.mark.slow),
        pytest.param(skips_a_bit, marks=pytest.mark.slow),
    ],
)
def test_a_wrong_block_is_caught(rtl, caught):
    caught(rtl, "hidden-4-slow-power", r"(neuron_\d_\w+|clock|record)", steps=1500)


def test_pulses_and_losses_counted_in_the_circuit_are_the_models_neuron_by_neuron():
    bench = BENCH("hidden-7")
    rows = bench.stimulus(np.random.default_rng(3), 3000)
    run = bench.run_model(rows)
    assert run.records is not None
    with BatchSimulator(bench.make(), bench.layout) as simulator:
        got = simulator.run(rows, int(rows["tick"][-1]) + 40)
    assert first_mismatch(run.records, got) is None
    words = got.view(bench.params.record_dtype)["neurons"]
    for name in ("pulses", "lost"):
        steps = np.diff(words[name].astype(np.int64), axis=0, prepend=0) % 256
        assert steps.sum(axis=0).tolist() == run.counts[name].tolist()
    assert run.counts["lost"].sum() > 0


BELOW = ["Start/Standby", "Potential Update", "Check", "Start/Standby"]
FIRES = [*BELOW[:3], "Potential Reset", "Spk Req", "Start/Standby"]


@pytest.mark.parametrize(
    ("figure", "runs_before", "states", "waits"),
    [("fig-3a", False, BELOW, 0), ("fig-3b", True, BELOW, 0), ("fig-3c", True, FIRES, 1)],
)
def test_the_circuit_goes_through_the_states_of_the_figure(figure, runs_before, states, waits):
    bench = BENCH(figure)
    rows = load_scene("alwayson/neuron_block").scenario(bench, np.random.default_rng(1))
    with BatchSimulator(bench.make(), bench.layout) as simulator:
        seen = simulator.run(rows, int(rows["tick"][-1]) + 40).view(bench.params.record_dtype)
    neuron = seen["neurons"][:, 0]
    changes = np.flatnonzero(np.diff(neuron["state"].astype(int), prepend=-1))
    assert [STATE_NAMES[state] for state in neuron["state"][changes]] == states
    spike, first = (int(np.flatnonzero(neuron[name])[0]) for name in ("pending", "gated"))
    assert seen["clock"][: spike + 1].any() == runs_before
    ungated = int(np.flatnonzero(neuron["clock_ungate"])[0])
    assert (seen["clock"][ungated - 1], seen["clock"][ungated]) == (1, 0)  # a falling edge
    assert not seen["clock"][ungated:first].any()  # a complete low phase
    period = 2 * bench.settings.length
    assert seen["tick"][neuron["power"] == PowerState.ON][0] - seen["tick"][spike] <= period
    assert (neuron["power"][-1], neuron["pulses"][-1]) == (PowerState.OFF, len(states) - 1 + waits)


def evaluated_ticks(rate):
    """Return how many of a second's ticks are evaluated where 1.0 is a spike every 4 ms."""
    bench, rng = BENCH("output-10"), np.random.default_rng(5)
    count = 140_000
    rising = rng.random((count, bench.params.neurons)) < rate / 560
    rising[1:] &= ~rising[:-1]
    with BatchSimulator(bench.make(), bench.layout) as simulator:
        simulator.run(rows_from_levels(bench, {"plus": rising}), count)
        return simulator.evaluated


def test_a_hundredth_of_the_spikes_costs_at_most_a_tenth():
    assert 0 < evaluated_ticks(0.01) < 0.1 * evaluated_ticks(1.0)


@pytest.fixture(scope="module")
def words():
    """Return (neurons, tick, clock) of a run that holds all invariants."""
    bench = BENCH("hidden-7")
    records = bench.expect(bench.stimulus(np.random.default_rng(1), 700))
    seen = records.view(bench.params.record_dtype)
    check_invariants(seen["neurons"], seen["tick"], seen["clock"] == 1)
    return seen


@pytest.mark.parametrize(
    ("invariant", "field", "value", "where"),
    [
        (0, "gated", 1, lambda n: n["power"] != 3),
        (1, "gated", 0, lambda n: n["gated"] == 1),
        (2, "clock_ungate", 1, lambda n: (n["clock_enable"] == 0) & (n["gated"] == 0)),
        (3, "pending", 1, lambda n: (n["clock_enable"] == 0) & (n["pending"] == 0)),
        (4, "request", 1, lambda n: n["power"] == 0),
        (5, "power", 2, lambda n: n["power"] == 1),
        (6, "lost", 9, lambda n: (n["pending"] == 0) & (n["clock_enable"] == 0)),
        (7, "pending", 0, lambda n: (n["pending"] == 1) & (n["gated"] == 0)),
    ],
)
def test_a_broken_invariant_is_named(words, invariant, field, value, where):
    broken = words.copy()
    row = np.argwhere(where(broken["neurons"]))[10]
    broken["neurons"][field][tuple(row)] = value
    with pytest.raises(LockstepError, match=f"not so: {INVARIANTS[invariant]}"):
        check_invariants(broken["neurons"], broken["tick"], broken["clock"] == 1)

import numpy as np
import pytest

from goldspike.cosim.bench.stimulus import edges
from goldspike.cosim.lockstep.runner import default_seed, run_bench
from goldspike.cosim.mubrain.arbiter import BENCH as TICK
from goldspike.cosim.mubrain.cell.arbiter import BENCH
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.cells import clock_and, clock_xor, delayed
from goldspike.hdl.mubrain.cell.arbiter import Arbiter
from goldspike.hdl.mubrain.cell.multi_phase_oscillator import MultiPhaseOscillator
from goldspike.model.mubrain.arbiter import ArbiterModel, ArbiterParams, Policy
from goldspike.model.mubrain.multi_phase_oscillator import OSCILLATION_100NS

FAULTS = [
    ("round_robin-7", "self.rst | self.clear", "self.rst"),
    ("round_robin-7", "self.rst | self.clear", "self.rst | self.clear & ~self.spikes.any()"),
    (
        "round_robin-7",
        "self.busy.eq(oscillator.busy)",
        "self.busy.eq(oscillator.busy & ~oscillator.access_phase)",
    ),
]


@pytest.mark.parametrize(
    "config", ["round_robin-16", pytest.param("round_robin-256", marks=pytest.mark.slow)]
)
def test_in_lockstep(config):
    run_bench(BENCH, config, steps=2000)


@pytest.mark.parametrize("config", BENCH.configs)
def test_the_benchs_own_length_is_twenty_thousand_spikes(config):
    bench = BENCH(config)  # which test_batch.py runs in lockstep
    rows = bench.stimulus(np.random.default_rng(default_seed()), bench.steps)
    assert edges(rows, "spikes", bench.params.inputs)[0].size >= 20_000


def test_a_clear_while_a_spike_is_served_is_forbidden():
    bench = BENCH("round_robin-7")
    rows = bench.stimulus(np.random.default_rng(1), 100)
    expected = bench.expect(rows)
    (ticks,) = bench.forbidden(rows, expected).values()
    assert not ticks.size
    grant = expected["tick"][expected["phase"] == 4][0]
    rows["clear"][np.searchsorted(rows["tick"], grant) - 1] = 1
    (ticks,) = bench.forbidden(rows, expected).values()
    assert ticks.size


@pytest.mark.parametrize("config", ["round_robin-2-uneven", "linear-7"])
def test_both_drivers_give_the_same(config):
    bench = BENCH(config)
    rows = bench.stimulus(np.random.default_rng(5), 2000)
    expected = bench.expect(rows)
    with BatchSimulator(bench.make(), bench.layout) as simulator:
        assert np.array_equal(bench.decode(simulator.run(rows)), expected)
    run_bench(BENCH, config, seed=5, steps=2000, driver="cocotb")


@pytest.mark.parametrize("policy", Policy)
def test_none_of_a_hundred_thousand_edges_is_unaccounted_for(policy):
    bench = BENCH(f"{policy.value}-16")
    rows = bench.stimulus(np.random.default_rng(7), 170_000)
    tick, line = edges(rows, "spikes", 16)
    assert tick.size >= 100_000
    with BatchSimulator(bench.make(), bench.layout) as simulator:
        got = bench.decode(simulator.run(rows))
    grants = got["address"][got["phase"] == 4].astype(int)
    merges = np.unpackbits(got["merged"], axis=1, count=16, bitorder="little").sum(axis=0)
    # counted at the circuit, per input, without asking the model
    assert np.array_equal(np.bincount(grants, minlength=16) + merges, np.bincount(line))
    assert not got["pending"][-1].any()
    assert np.array_equal(got, bench.expect(rows))


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("inputs", [7, 16])
def test_tick_and_cell_agree_grant_for_grant_on_the_grid_of_ticks(policy, inputs):
    ticked = ArbiterParams(inputs=inputs, policy=policy)
    celled = ArbiterParams(inputs=inputs, policy=policy, oscillator=OSCILLATION_100NS)
    name = f"{policy.value}-{inputs}"
    rows = TICK(name, ticked).stimulus(np.random.default_rng(11), 20_000)
    rows["clear"] = 0
    slow = BENCH(name, celled).blank(rows.size)
    slow["tick"], slow["spikes"] = rows["tick"] * 10_000, rows["spikes"]
    with BatchSimulator(TICK.rtl(ticked, trace=True), ticked.trace) as simulator:
        one = simulator.run(rows)
    with BatchSimulator(Arbiter(celled, trace=True), celled.cell_trace) as simulator:
        other = BENCH(name, celled).decode(simulator.run(slow))
    one, other = (records[records["phase"] == 4] for records in (one, other))
    assert one.size > 1000
    assert np.array_equal(one["tick"] * 10_000, other["tick"])
    assert np.array_equal(one["address"], other["address"])


@bug_in(Arbiter, MultiPhaseOscillator.order)
def selects_before_it_loads(self, taps):
    """Bug: `cell`: *select* comes before *load*."""
    return [taps[1], taps[0], taps[2], taps[3]]


@bug_in(Arbiter, Arbiter.takes)
def forgets_the_rest(self, m, access, mask):
    """Bug: `cell`: spikes that were not selected are not fed back.

    A grant takes all that was loaded: what was not selected is not fed back.
    """
    loaded = delayed(m, "loaded", self.detector.pending, 1)
    return clock_and(m, "take", access, loaded)


@bug_in(Arbiter, Arbiter.takes)
def clears_twice(self, m, access, mask):
    """Bug: `cell`: the granted input is cleared twice.

    The granted input is taken with *access* and once more with *recover*.
    """
    twice = clock_xor(m, "twice", access, delayed(m, "late", access, 5_000))
    return clock_and(m, "take", twice, mask)


@bug_in(Arbiter, Arbiter.takes)
def never_takes(self, m, access, mask):
    """Bug: `cell`: the clear is a pulse of no length.

    The clock of the granted detector is cut to nothing: it stays pending.
    """
    short = clock_and(m, "short", access, ~access)
    return clock_and(m, "take", short, mask)


@bug_in(Arbiter, Arbiter.lines)
def hears_every_edge_twice(self, m):
    """Bug: `cell`: a glitch of a few picoseconds follows every spike."""
    echo = delayed(m, "echo", self.spikes, 3)
    return self.spikes ^ (delayed(m, "later", echo, 3) & ~echo & ~self.spikes)


@pytest.mark.parametrize(
    "rtl",
    [selects_before_it_loads, forgets_the_rest, clears_twice, never_takes, hears_every_edge_twice],
)
def test_a_wrong_circuit_is_caught(rtl, caught):
    caught(rtl, "round_robin-7", r"\w+(\[\d+\])?", steps=1000)


def test_no_edge_of_a_million_is_unaccounted_for_in_the_model():
    rng = np.random.default_rng(13)
    for policy in Policy:
        params = ArbiterParams(inputs=256, policy=policy, oscillator=OSCILLATION_100NS)
        tick = np.sort(rng.integers(0, 600_000 * 100_000, 500_000))
        line = rng.integers(0, 256, tick.size)
        run = ArbiterModel(params).run(tick, line)
        served = np.bincount(run.line, minlength=256) + np.bincount(run.merge_line, minlength=256)
        assert np.array_equal(served, np.bincount(line, minlength=256))

"""The same benches from arrays: same records, and no edge lost where the clock stops and starts."""

from pathlib import Path

import numpy as np
import pytest
from amaranth.hdl import Module, Value

from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.arbiter import ArbiterBench
from goldspike.cosim.simulator.batch import NOISE_ROWS, BatchSimulator
from goldspike.cosim.simulator.cell_face import ROW_EVENTS
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.arbiter import Arbiter
from goldspike.hdl.timing.cell.delay_cell import DelayCell
from goldspike.hdl.timing.edge_detector import EdgeDetector
from goldspike.model.timing.delay_cell import DelayCellParams

BENCHES = {circuit: load_bench(circuit) for circuit in circuits()}
CASES = [
    pytest.param(circuit, config, marks=pytest.mark.slow if config in bench.checks.slow else [])
    for circuit, bench in BENCHES.items()
    for config in bench.configs
]


@pytest.mark.parametrize(("circuit", "config"), CASES)
def test_every_bench_runs_from_arrays(circuit: str, config: str) -> None:
    assert run_bench(load_bench(circuit), config, driver="arrays").compared > 0


SLEEPERS = [
    (circuit, config)
    for circuit, bench in BENCHES.items()
    if bench.checks.silences
    for config in bench.configs
]


@pytest.mark.parametrize(("circuit", "config"), SLEEPERS)
def test_long_silences_change_nothing(circuit: str, config: str) -> None:
    bench = load_bench(circuit)(config)
    rows = bench.stimulus(np.random.default_rng(2), bench.steps)
    rows["tick"] += 500 * np.arange(rows.size)
    with BatchSimulator(bench.make(), bench.layout) as simulator:
        np.testing.assert_array_equal(simulator.run(rows), bench.expect(rows))
        assert simulator.evaluated < 0.8 * simulator.tick


@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.parametrize("config", ["round_robin-16", "round_robin-7-fast", "linear-65-uneven"])
def test_no_edge_is_lost_where_the_clock_stops(config: str, length: int) -> None:
    """Let the second edge come at every distance from the first, through rest and back."""
    bench = ArbiterBench(config)
    period = bench.params.oscillator.period
    for distance in range(length + 1, 2 * period + 5):
        ticks = 40 + distance + 2 * period
        levels = np.zeros((ticks, bench.params.inputs), bool)
        levels[20 : 20 + length, 0] = True
        levels[20 + distance : 20 + distance + length, [0, 3]] = True
        levels[20 + distance + length :, :] = False
        rows = rows_from_levels(bench, {"spikes": levels})
        with BatchSimulator(bench.make(), bench.layout) as simulator:
            got = simulator.run(rows)
            assert simulator.evaluated < simulator.tick  # it did stop
        np.testing.assert_array_equal(got, bench.expect(rows))


@bug_in(Arbiter, EdgeDetector.next_pending)
def loses_edge(self, edge):
    """Bug: the arbiter loses an edge on a tie; there are waves of it."""
    return (self.pending | edge) & ~self.taken


@pytest.mark.parametrize("driver", ["cocotb", "arrays"])
def test_a_mismatch_leaves_a_short_vcd(driver: str) -> None:
    with pytest.raises(LockstepError) as caught:
        run_bench(ArbiterBench, "round_robin-16", rtl=loses_edge, driver=driver, waves=True)
    message = str(caught.value)
    tick = int(message.split("tick ")[1].split(",", maxsplit=1)[0])
    text = Path(message.rpartition("waves: ")[2]).read_text()
    times = [int(line[1:]) for line in text.splitlines() if line.startswith("#")]
    assert "$var" in text and "pending" in text
    assert times[0] >= (tick - 200) * 10_000
    assert (tick + 2) * 10_000 <= times[-1] <= (tick + 23) * 10_000


class Ring(DelayCell):
    """What leaves the cell enters it inverted: it never rests, but under a reset that it obeys."""

    def __init__(self, *, obeys: bool) -> None:
        super().__init__(DelayCellParams(delay=50))
        self.obeys = obeys

    def entering(self, m: Module) -> Value:
        return ~(self.delayed | self.rst if self.obeys else self.delayed)


@pytest.mark.parametrize("obeys", [True, False])
def test_a_ring_that_never_rests_exhausts_its_patience(obeys: bool) -> None:
    with (
        pytest.raises(TimeoutError, match="ran for 1001 ticks"),
        BatchSimulator(Ring(obeys=obeys), patience=1000) as simulator,
    ):
        assert obeys, "it came out of its reset"
        simulator.run(np.zeros(1, simulator.ports.stimulus_dtype), 10**12)


def test_a_ring_at_its_shortest_is_not_left_running_before_a_reset() -> None:
    bench = load_bench("alwayson/cell/synapse_block")
    job = bench(bench.published)
    with BatchSimulator(job.make(), job.layout, patience=10**5) as simulator:
        assert simulator.evaluated > NOISE_ROWS * ROW_EVENTS // 2, "no ring ran under the noise"

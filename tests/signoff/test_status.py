"""The status tables say what was found, and no more."""

from pathlib import Path
from typing import Any

import pytest

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.model.errors import InputError
from goldspike.model.paths import ROOT
from goldspike.signoff import results
from goldspike.signoff.results import COLUMNS, checked_in, known, note, sources
from goldspike.signoff.status import (
    BEGIN,
    END,
    FOOTNOTE,
    groups,
    status,
    table,
    wilson,
    write_tables,
)

PASSED = {"tests": 12, "passed": True}
BOTH = {"targets": ["ecp5", "ice40"], "published": "7"}


@pytest.fixture(autouse=True)
def nothing_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "PATH", tmp_path / "signoff.json")
    monkeypatch.setattr(results, "CHECKED_IN", tmp_path / "signoff" / "results.json")
    (tmp_path / "signoff").mkdir()
    (tmp_path / "docs").mkdir()
    for name in ("README.md", "docs/signoff.md"):
        (tmp_path / name).write_text(f"above\n{BEGIN}old\n{END}below\n")


def mutants(killed: int, survived: int) -> dict[str, Any]:
    return {"killed": killed, "survived": survived}


def proofs(properties: int, *outcomes: str) -> dict[str, Any]:
    return {"properties": properties, "configs": dict(enumerate(outcomes))}


def row(label: str) -> list[str]:
    """Return the cells of the short table's row behind its label."""
    line = next(line for line in status(known()).splitlines() if line.startswith(f"| {label}"))
    return line.strip("| ").split(" | ")[1:]


def test_every_circuit_is_in_one_row_that_begins_with_its_chip() -> None:
    rows = groups()
    assert sorted(name for row in rows.values() for name in row) == sorted(circuits("tick"))
    assert rows["µBrain: AER input and output"] == ["mubrain/aer_input", "mubrain/aer_output"]


def test_a_circuit_without_a_group_has_a_row_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_bench("mubrain/aer_input"), "checks", Checks())
    assert groups()["µBrain: aer input"] == ["mubrain/aer_input"]
    assert groups()["µBrain: AER input and output"] == ["mubrain/aer_output"]


def test_what_was_not_run_is_a_dash() -> None:
    assert row("µBrain: AER") == ["yes", "`tick`", *"–" * 6]
    assert table(known()).count("`mubrain/arbiter` | – | – | – | – | – | – |") == 1
    assert all(f"`{circuit}`" in table(known()) for circuit in circuits())


def test_a_group_shows_its_worst_and_names_what_is_missing() -> None:
    note("mubrain/aer_input", "netlist mutants", mutants(114, 1))
    note("mubrain/aer_output", "netlist mutants", mutants(108, 0))
    note("mubrain/aer_input", "source mutants", mutants(19, 1))
    note("mubrain/aer_input", "proofs", proofs(3, "proved", "proved"))
    note("mubrain/aer_output", "proofs", proofs(15, "proved", "undecided"))
    note("mubrain/aer_input", "coverage", {"shares": {"lines": 100.0, "toggle": 97.5}})
    note("mubrain/aer_output", "coverage", {"shares": {"lines": 98.7, "toggle": 99.0}})
    note("mubrain/aer_input", "gates", {**BOTH, "equal": {"ecp5": "7", "ice40": "7"}})
    note("mubrain/aer_input", "lockstep", PASSED)
    note("mubrain/aer_output", "lockstep", {**PASSED, "passed": False})
    assert row("µBrain: AER") == [
        "yes", "`tick`", "fails", "18 properties, 3 of 4 sizes", "≥ 99.1 % of 223",
        "95.0 % of 20; not aer output", "lines 98.7 %, toggle 97.5 %",
        "ecp5, ice40, = RTL; not aer output",
    ]  # fmt: skip


def test_the_table_says_how_sure_a_score_is_and_at_which_size_gates_equal() -> None:
    note("mubrain/aer_input", "source mutants", mutants(19, 1))
    note("mubrain/aer_input", "gates", {**BOTH, "equal": {"ecp5": "7", "ice40": "3"}})
    note("mubrain/aer_output", "gates", {**BOTH, "equal": {"ecp5": "7"}})
    text = table(known())
    gates = "ecp5, ice40; = RTL at `3` and `7`"
    assert f"| `mubrain/aer_input` | – | – | – | 95.0 % of 20 (76 to 99) | – | {gates} |" in text
    assert "| `mubrain/aer_output` | – | – | – | – | – | ecp5, ice40 |" in text


def test_a_score_of_all_but_one_is_not_100() -> None:
    note("mubrain/leak", "netlist mutants", mutants(9999, 1))
    assert "99.9 % of 10000 (100 to 100)" in table(known())


@pytest.mark.parametrize(
    ("good", "tried", "low", "high"), [(0, 0, 0, 1), (10, 10, 0.7225, 1), (8, 10, 0.4902, 0.9433)]
)
def test_the_interval_is_wilsons(good: int, tried: int, low: float, high: float) -> None:
    assert wilson(good, tried) == pytest.approx((low, high), abs=1e-4)  # of published tables


def test_the_self_timed_realisation_counts_for_lockstep() -> None:
    for circuit in ("timing/edge_detector", "timing/delay_cell", "timing/cell/delay_cell"):
        note(circuit, "lockstep", PASSED)
    assert row("timing: edge detector")[:3] == ["yes", "`tick`, `cell`", "yes; not edge detector"]
    note("timing/cell/edge_detector", "lockstep", PASSED)
    assert row("timing: edge detector")[2] == "yes"


def test_a_result_of_other_sources_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    note("mubrain/arbiter", "lockstep", PASSED)
    note("mubrain/arbiter", "proofs", proofs(3, "proved"))
    assert FOOTNOTE not in table(known())
    plain = results.code
    changed = "hdl/timing/edge_detector.py"  # a part of it
    monkeypatch.setattr(results, "code", lambda file: plain(file) + "#" * (file == changed))
    said = "| `mubrain/arbiter` | 12 tests † | 3 properties, 1 of 1 configurations † |"
    assert said in table(known())
    assert table(known()).endswith(FOOTNOTE)
    assert (
        row("µBrain: arbiter")[2]
        == "yes †; not multi phase oscillator, arbiter, multi phase oscillator"
    )


def test_what_a_column_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def changes(file: str) -> list[str]:
        before = {column: sources("mubrain/arbiter", column) for column in COLUMNS}
        with monkeypatch.context() as patch:
            patch.setattr(results, "code", lambda name: plain(name) + "#" * (name == file))
            return [c for c in COLUMNS if sources("mubrain/arbiter", c) != before[c]]

    plain = results.code
    others = [column for column in COLUMNS if column != "proofs"]
    assert changes("hdl/mubrain/arbiter.py") == list(COLUMNS)
    assert changes("cosim/mubrain/arbiter.py") == others
    assert changes("cosim/mubrain/stimuli/arbiter.py") == others
    assert changes("proofs/mubrain/arbiter.py") == ["proofs"]
    assert changes("hdl/mubrain/layer.py") == []


def test_comments_and_docstrings_change_nothing(tmp_path: Path) -> None:
    texts = [
        '"""One."""\n\ndef f():\n    """Two."""\n    return 1\n',
        "def f():\n    return 1  # yes\n",
    ]
    codes = set()
    for k, text in enumerate([*texts, "def f():\n    return 2\n"]):
        (tmp_path / f"{k}.py").write_text(text)
        codes.add(results.code(str(tmp_path / f"{k}.py")))
    assert len(codes) == 2


def test_tables_go_between_their_marks_only(tmp_path: Path) -> None:
    note("mubrain/neuron", "netlist mutants", mutants(114, 1))
    write_tables(tmp_path)
    for path, text in (
        (tmp_path / "README.md", status(known())),
        (tmp_path / "docs/signoff.md", table(known())),
    ):
        assert path.read_text() == f"above\n{BEGIN}\n{text}\n\n{END}below\n"
    (tmp_path / "README.md").write_text("no marks")
    with pytest.raises(InputError, match=r"README\.md has no lines"):
        write_tables(tmp_path)


def test_what_was_not_run_stays_as_the_file_has_it(tmp_path: Path) -> None:
    note("mubrain/neuron", "netlist mutants", mutants(114, 1))
    note("mubrain/leak", "lockstep", {**PASSED, "passed": False})
    write_tables(tmp_path)
    (tmp_path / "signoff.json").unlink()
    note("mubrain/leak", "lockstep", PASSED)
    write_tables(tmp_path)
    page = (tmp_path / "docs/signoff.md").read_text()
    assert "| `mubrain/neuron` | – | – | 99.1 % of 115 (95 to 100) | – | – | – |" in page
    assert "| `mubrain/leak` | 12 tests | – | – | – | – | – |" in page
    (tmp_path / "signoff.json").unlink()
    write_tables(tmp_path)
    assert (tmp_path / "docs/signoff.md").read_text() == page


def test_the_pages_show_what_is_checked_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "CHECKED_IN", ROOT / "signoff" / "results.json")
    assert set(checked_in()) <= set(circuits())
    for name, text in (
        ("README.md", status(checked_in())),
        ("docs/signoff.md", table(checked_in())),
    ):
        page = (ROOT / name).read_text().partition(BEGIN)[2].partition(END)[0]
        shown = without_marks(page)
        assert shown == without_marks(f"\n{text}\n\n")


def without_marks(text: str) -> str:
    """Return a table as it is whether its results are stale or not: sources go on changing."""
    return text.replace(" †", "").replace(f"{FOOTNOTE}\n\n", "")

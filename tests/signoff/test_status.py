"""The status tables say what was found, and no more."""

from pathlib import Path

import pytest

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.model.errors import InputError
from goldspike.signoff import status as signoff
from goldspike.signoff.status import BEGIN, END, groups, known, note, status, table, write_tables


@pytest.fixture(autouse=True)
def nothing_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signoff, "PATH", tmp_path / "signoff.json")


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
    assert row("µBrain: AER") == ["yes", "`tick`", "–", "–", "–", "–", "–"]
    assert table(known()).count("`mubrain/arbiter` | – | – | – | – | – |") == 1
    assert all(f"`{circuit}`" in table(known()) for circuit in circuits())


def test_a_group_shows_its_worst_and_names_what_is_missing() -> None:
    note("mubrain/aer_input", "mutants", {"summary": "99.1 % of 115"})
    note("mubrain/aer_output", "mutants", {"summary": "100.0 % of 108"})
    note("mubrain/aer_input", "proofs", {"summary": "3 properties, 5 of 5 configurations"})
    note("mubrain/aer_output", "proofs", {"summary": "15 properties, 5 of 6 configurations"})
    note("mubrain/aer_input", "coverage", {"summary": "lines 100 %, toggle 97.5 %, bins 100 %"})
    note("mubrain/aer_output", "coverage", {"summary": "lines 98.7 %, toggle 99 %, bins 100 %"})
    note("mubrain/aer_input", "gates", {"summary": "ecp5, ice40, equal to RTL"})
    note("mubrain/aer_input", "lockstep", {"summary": "12 tests"})
    note("mubrain/aer_output", "lockstep", {"summary": "fails"})
    assert row("µBrain: AER") == [
        "yes", "`tick`", "fails", "18 properties, 10 of 11 sizes", "≥ 99.1 %",
        "lines 98.7 %, toggle 97.5 %", "ecp5, ice40, = RTL; not aer output",
    ]  # fmt: skip


def test_the_self_timed_realisation_counts_for_lockstep() -> None:
    for circuit in ("timing/edge_detector", "timing/delay_cell", "timing/cell/delay_cell"):
        note(circuit, "lockstep", {"summary": "9 tests"})
    assert row("timing: edge detector")[:3] == ["yes", "`tick`, `cell`", "yes; not edge detector"]
    note("timing/cell/edge_detector", "lockstep", {"summary": "9 tests"})
    assert row("timing: edge detector")[2] == "yes"


def test_tables_go_between_their_marks_only(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("README.md", "docs/signoff.md"):
        (tmp_path / name).write_text(f"above\n{BEGIN}old\n{END}below\n")
    note("mubrain/neuron", "mutants", {"summary": "99.1 % of 115"})
    write_tables(tmp_path)
    for path, text in (
        (tmp_path / "README.md", status(known())),
        (tmp_path / "docs/signoff.md", table(known())),
    ):
        assert path.read_text() == f"above\n{BEGIN}\n{text}\n\n{END}below\n"
    (tmp_path / "README.md").write_text("no marks")
    with pytest.raises(InputError, match=r"README\.md has no lines"):
        write_tables(tmp_path)


def test_what_was_not_run_stays_as_the_page_has_it(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("README.md", "docs/signoff.md"):
        (tmp_path / name).write_text(f"{BEGIN}{END}")
    note("mubrain/neuron", "mutants", {"summary": "99.1 % of 115"})
    note("mubrain/leak", "gates", {"summary": "fails"})
    write_tables(tmp_path)
    (tmp_path / "signoff.json").unlink()
    note("mubrain/leak", "gates", {"summary": "ecp5, ice40, equal to RTL"})
    note("mubrain/leak", "lockstep", {"summary": "3 tests"})
    write_tables(tmp_path)
    page = (tmp_path / "docs/signoff.md").read_text()
    assert "| `mubrain/neuron` | – | – | 99.1 % of 115 | – | – |" in page
    assert "| `mubrain/leak` | 3 tests | – | – | – | ecp5, ice40, equal to RTL |" in page
    (tmp_path / "signoff.json").unlink()
    write_tables(tmp_path)
    assert (tmp_path / "docs/signoff.md").read_text() == page


def test_the_pages_have_a_place_for_their_tables() -> None:
    for name in ("README.md", "docs/signoff.md"):
        text = (signoff.ROOT / name).read_text()
        assert text.count(BEGIN) == text.count(END) == 1

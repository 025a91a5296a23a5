"""Every Python block of every page runs, in order, in one namespace per page."""

import re
from pathlib import Path

import pytest

from goldspike.chips import chip_names, load_chip
from goldspike.cosim.bench.circuits import load_bench
from goldspike.proofs.circuits import load_proof, proved_circuits

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    page for page in (ROOT / "docs").glob("*.md") if "```python" in page.read_text()
)  # fmt: skip


NEEDS = {"nir.md": "nir", "onnx.md": "onnx"}
"""Pages that need a package of an extra."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(NEEDS.get(page.name, "goldspike"))
    monkeypatch.chdir(tmp_path)  # pages may write files
    namespace: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, str(page), "exec"), namespace)


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_commands_can_be_typed_as_they_are_written() -> None:
    for page in [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*/README.md"), ROOT / "README.md"]:
        blocks = re.findall(r"^```(?:\w*)\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
        lines = [line for block in blocks for line in block.splitlines()]
        bare = [line for line in lines if re.match(r"(goldspike|python3?|pip) ", line)]
        bare += re.findall(r"`goldspike [a-z]+ ", page.read_text())
        assert not bare, f"{page.name}: not on PATH after make: {bare}"


CIRCUIT = re.compile(
    r"(?:\b(?:verify|prove|gates|mutate|coverage|waves|vectors|verilog|list) |BLOCK=)"
    r"([a-z]+/[a-z_/]+[a-z])(?: (?:--config |CONFIG=)([\w-]+)(?=[ `\n]))?"
)


def test_circuits_configurations_and_reports_are_there() -> None:
    reports = {f"{name}-{report}" for name in chip_names() for report in load_chip(name).reports}
    found = 0
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        text = page.read_text()
        for circuit, config in CIRCUIT.findall(text):
            bench = load_bench(circuit)  # refuses a circuit that is not there
            configs = {"", *bench.configs, *bench.large}
            if circuit in proved_circuits():
                configs |= set(load_proof(circuit).configs)
            assert config in configs, f"{page.name}: {circuit} has no {config}"
            found += 1
        named = set(re.findall(r"\breport ([a-z]+-[a-z-]+[a-z])\b", text))
        assert named <= reports, f"{page.name}: no report {named - reports}"
    assert found > 20


INTERNAL = {"GOLDSPIKE_JOB", "GOLDSPIKE_PARENT", "VERILATOR_ROOT", "PATH", "PYTHONIOENCODING"}
"""Variables that one process of ours sets for another, or that everybody has."""


def test_every_variable_is_in_the_table() -> None:
    wings = ("model", "hdl", "cosim", "proofs", "workloads", "signoff", "goldspike", "tests")
    sources = [path.read_text() for wing in wings for path in (ROOT / wing).rglob("*.py")]
    reads = r'(?:environ(?:\.get|\.setdefault)?[\[(]|getenv\(|\bwords\()"([A-Z_]+)"'
    names = {name for text in sources for name in re.findall(reads, text)} - INTERNAL
    page = (ROOT / "docs" / "commands.md").read_text()
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))
    assert {"GOLDSPIKE_BUILD", "CXX", "VERILATOR"} <= names <= listed

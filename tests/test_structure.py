"""The house's own rules: same stem in every wing, imports one way, small files."""

import ast
from pathlib import Path

import pytest

from goldspike.cosim.circuits import circuits, load_bench
from goldspike.hdl.verilog import module_name

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = {
    "model": {"model"},
    "hdl": {"model", "hdl"},
    "proofs": {"model", "hdl", "proofs"},
    "cosim": {"model", "hdl", "proofs", "cosim"},
}
SOURCES = sorted(path for wing in ALLOWED for path in (ROOT / wing).rglob("*.py"))


@pytest.mark.parametrize("circuit", circuits())
def test_every_circuit_has_model_bench_and_tests(circuit: str) -> None:
    chip, *cell, stem = circuit.split("/")  # the model serves both realisations
    wings = [f"model/{chip}/{stem}.py", f"cosim/{circuit}.py"]
    wings += [f"tests/model/{chip}/test_{stem}.py"]
    wings += ["/".join(["tests/cosim", chip, *cell, f"test_{stem}.py"])]
    missing = [wing for wing in wings if not (ROOT / wing).exists()]
    assert not missing


@pytest.mark.parametrize("circuit", circuits())
def test_names_follow_the_stem(circuit: str) -> None:
    bench = load_bench(circuit)
    params = next(iter(bench.configs.values()))
    stem = circuit.rpartition("/")[2]
    name = stem.replace("_", " ").title().replace(" ", "")
    assert bench.circuit == circuit
    assert bench.rtl.__name__ == name
    assert type(params).__name__ == f"{name}Params"
    assert bench.__name__ == f"{name}Bench"
    assert module_name(bench.rtl(params)) == circuit.replace("/", "_")


def imported_names(path: Path) -> set[str]:
    """Return the full names of all modules that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            if node.module.count(".") == 1:  # from goldspike.hdl import verilog
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    wing = path.relative_to(ROOT).parts[0]
    names = imported_names(path)
    wings = {name.split(".")[1] for name in names if name.startswith("goldspike.")}
    imported = {name.split(".")[0] for name in names}
    assert not imported & set(ALLOWED), "wings are imported as goldspike.<wing>"
    assert wings <= ALLOWED[wing]
    if wing == "model":
        assert not imported & {"amaranth", "cocotb"}
    if wing in ("hdl", "proofs"):
        assert not imported & {"cocotb", "cocotb_tools"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_small(path: Path) -> None:
    assert path.read_text().count("\n") <= 400

"""The house's own rules: same stem in every wing, imports one way, small files."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

import pytest

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.hdl.verilog import module_name
from goldspike.model.paths import ROOT

BELOW = {
    "model": set(),
    "workloads": {"model"},
    "hdl": {"model"},
    "cosim": {"model", "workloads", "hdl"},
    "proofs": {"model", "hdl"},
    "waveforms": {"model", "hdl", "cosim"},
    "signoff": {"model", "workloads", "hdl", "cosim", "proofs"},
    "goldspike": {"model", "workloads", "hdl", "cosim", "proofs", "waveforms", "signoff"},
}
"""What each wing may import, besides itself."""

FLOORS = {
    "cosim": ("bench", "simulator", "waves", "lockstep", "vectors"),
    "signoff": ("coverage", ""),
    "goldspike": ("", "commands"),
}
"""Rooms inside a wing, the lowest first; those of chips import of each other what has no circle."""

LARGEST = 0.30
"""Share of the code that a wing may have."""

SOURCES = sorted(
    path
    for wing in BELOW
    for path in (ROOT / wing).rglob("*.py")
    if not any(parent.is_symlink() for parent in path.parents)
)
IDS = [str(path.relative_to(ROOT)) for path in SOURCES]


def wing_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def name_of(path: Path) -> str:
    """Return the name by which a file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts if parts[0] == "goldspike" else ("goldspike", *parts)
    return ".".join(parts).removesuffix(".__init__")


NAMES = {name_of(path): path for path in SOURCES}


def imports(path: Path) -> set[str]:
    """Return the full names of all modules that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            module = node.module or ""
            inner = {f"{module}.{alias.name}" for alias in node.names} & set(NAMES)
            names |= inner or {module}
    return names


GRAPH = {name: imports(path) & set(NAMES) for name, path in NAMES.items()}


@pytest.mark.parametrize("circuit", circuits())
def test_every_circuit_has_model_bench_and_tests(circuit: str) -> None:
    chip, *cell, stem = circuit.split("/")  # the model serves both realisations
    wings = [f"model/{chip}/{stem}.py", f"cosim/{circuit}.py"]
    wings += [f"tests/model/{chip}/test_{stem}.py"]
    wings += ["/".join(["tests/cosim", chip, *cell, f"test_{stem}.py"])]
    missing = [wing for wing in wings if not (ROOT / wing).exists()]
    assert not missing


@pytest.mark.parametrize("wing", ["model", "cosim", "proofs", "waveforms"])
def test_a_chips_folder_reads_as_its_block_diagram(wing: str) -> None:
    blocks = {ROOT / wing / f"{circuit}.py" for circuit in circuits()}
    chips = {circuit.partition("/")[0] for circuit in circuits()}
    folders = [ROOT / wing / chip / part for chip in chips for part in ("", "cell")]
    found = {path for folder in folders for path in folder.glob("[a-z]*.py")}
    assert found <= blocks


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


STIMULI = sorted((ROOT / "cosim").glob("*/**/stimuli/[a-z]*.py"))


@pytest.mark.parametrize("path", STIMULI, ids=[str(path.relative_to(ROOT)) for path in STIMULI])
def test_a_stimulus_belongs_to_the_bench_of_its_stem(path: Path) -> None:
    circuit = (path.parent.parent / path.stem).relative_to(ROOT / "cosim").as_posix()
    bench = load_bench(circuit)
    base = bench.__base__
    assert base is not None and issubclass(base, Bench) and "stimulus" in vars(base)
    assert base.__name__ == bench.__name__.removesuffix("Bench") + "Stimulus"
    assert base.__module__ == name_of(path)
    assert base.circuit == circuit
    assert "stimulus" not in vars(bench)


def test_most_benches_are_short() -> None:
    lines = [(ROOT / "cosim" / f"{circuit}.py").read_text().count("\n") for circuit in circuits()]
    assert median(lines) <= 100


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_imports_run_one_way(path: Path) -> None:
    wing = wing_of(path)
    names = imports(path)
    tops = {name.split(".")[0] for name in names}
    assert not tops & (set(BELOW) - {"goldspike"}), "wings are imported as goldspike.<wing>"
    rooms = {wing_of(NAMES[name]) for name in names if name in NAMES}
    assert rooms <= BELOW[wing] | {wing}
    if wing in ("model", "workloads"):
        assert not tops & {"amaranth", "cocotb"}
    if wing in ("hdl", "proofs"):
        assert not tops & {"cocotb", "cocotb_tools"}


def test_no_circle_of_imports() -> None:
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' <- '.join(error.args[1])}")


def room_of(name: str) -> str:
    """Return the room of a module inside its wing; nothing for the wing's own files."""
    inside = NAMES[name].relative_to(ROOT).parts[1:-1]
    return inside[0] if inside else ""


@pytest.mark.parametrize("wing", BELOW)
def test_no_circle_of_rooms_inside_a_wing(wing: str) -> None:
    rooms: dict[str, set[str]] = {}
    for name, imported in GRAPH.items():
        if wing_of(NAMES[name]) == wing:
            inside = {room_of(other) for other in imported if wing_of(NAMES[other]) == wing}
            rooms.setdefault(room_of(name), set()).update(inside - {room_of(name)})
    order = FLOORS.get(wing, ())
    for upper, lowers in rooms.items():
        for lower in lowers:
            if upper in order and lower in order:
                assert order.index(lower) < order.index(upper), f"{upper} imports {lower}"
    try:
        TopologicalSorter(rooms).prepare()
    except CycleError as error:
        pytest.fail(f"a circle in {wing}: {' <- '.join(error.args[1])}")


def test_cosim_has_no_file_of_its_own() -> None:
    assert [path.name for path in (ROOT / "cosim").glob("*.py")] == ["__init__.py"]


def test_no_wing_is_too_large() -> None:
    lines: dict[str, int] = {}
    for path in SOURCES:
        wing = wing_of(path)
        lines[wing] = lines.get(wing, 0) + path.read_text().count("\n")
    assert max(lines.values()) <= LARGEST * sum(lines.values()), lines


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_files_stay_small(path: Path) -> None:
    assert path.read_text().count("\n") <= 400


TESTS = sorted((ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("path", TESTS, ids=[path.relative_to(ROOT).as_posix() for path in TESTS])
def test_no_child_of_a_test_runs_for_ever(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "subprocess.run":
            given = {keyword.arg for keyword in node.keywords}
            assert "timeout" in given, f"line {node.lineno} sets no limit of time"


PRIVATE = ROOT / "hdl" / "amaranth_private.py"
NAMED_TUPLES = ("_fields", "_asdict", "_replace")


def private(path: Path) -> list[str]:
    """Return what a file that imports Amaranth uses of what is not meant for others."""
    tree = ast.parse(path.read_text())
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {
        f"{getattr(node, 'module', '')}.{alias.name}" for node in names for alias in node.names
    }
    modules = {name.lstrip(".") for name in modules if "amaranth." in f"{name}."}
    if not modules:
        return []
    found = [name for name in modules if "._" in name or name == "amaranth.back.rtlil"]
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(owner, name):
                own = ast.unparse(owner) in ("self", "cls") or name in NAMED_TUPLES
                used = name[0] == "_" and name[1] != "_" and not own
            case ast.Call(ast.Name("getattr"), [_, name, *_]):
                used = "'_" in ast.unparse(name)
            case _:
                used = False
        found += [f"{node.lineno}: {ast.unparse(node)}"] if used else []  # type: ignore[attr-defined]
    return [name for name in found if "amaranth_private" not in name]


def test_one_file_uses_what_amaranth_keeps_to_itself() -> None:
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").glob("*.py")]
    used = {str(path.relative_to(ROOT)): private(path) for path in files}
    assert [name for name, found in used.items() if found] == ["hdl/amaranth_private.py"], used
    assert len(used["hdl/amaranth_private.py"]) >= 8

import ast
import gc
import hashlib
import os
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from goldspike.cosim.bench.circuits import circuits
from goldspike.cosim.lockstep.runner import default_seed
from goldspike.cosim.simulator.tools import find_verilator
from goldspike.model.paths import BUILD
from goldspike.signoff.results import note

ROOT = Path(__file__).resolve().parent.parent
TOOLS = (
    "requirements.lock",
    "hdl/verilog.py",
    "hdl/amaranth_private.py",
    "hdl/small_yosys.py",
    "hdl/wasm.py",
    "hdl/yosys.py",
    "hdl/waivers.vlt",
    "hdl/timing/cells.v",
)
NAMES = (
    "APART", "FEW", "FAULTS", "GATED", "NEVER", "NUMBERED", "SLOW", "STILL", "TOP_STEPS",
    "WRONG_ANSWERS",
)  # fmt: skip
TOOLS += tuple(f"proofs/{name}.py" for name in ("proof", "check", "nets", "smt", "bitwuzla"))

MANY = 1_000_000
"""New objects that are looked through between two tests: those of a large circuit or two."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--circuit", help="of files about several circuits, run what is about this one"
    )


def pytest_report_header() -> str:
    return f"seed of every bench: {default_seed()} (GOLDSPIKE_SEED)"


@pytest.fixture
def mark_of(request: pytest.FixtureRequest) -> Callable[..., Path]:
    """Return a function from all that a check depends on to the mark that it once passed.

    For checks by tools (lint, synthesis, proofs) on circuits that did not change. The test itself,
    the tools' versions and what drives them are part of it; ``make clean`` removes all marks.
    """

    def mark(*texts: str) -> Path:
        sources = [(ROOT / name).read_bytes() for name in TOOLS]
        parts = [request.node.nodeid.encode(), request.path.read_bytes(), *sources]
        parts.append(str(find_verilator()).encode())  # may be another than the lock file's
        parts += [text.encode() for text in texts]
        digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts))
        path = BUILD / "passed" / digest.hexdigest()[:24]
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    return mark


@cache
def literals(circuit: str) -> dict[str, Any]:
    """Return what a circuit's own tests (``tests/cosim``) say of it, by name.

    They are read, not imported. Tests across circuits look there for what is special to one, so
    that a new circuit touches no table of others. The names are

    - ``APART``: pairs of controls that its contract keeps apart.
    - ``FEW``: inputs of which few values are driven.
    - ``FAULTS``: faults by hand: configuration, source, and what is put in its place.
    - ``GATED``: configurations of which the power intent is checked.
    - ``NEVER``: controls that never come in a state, though its bench forbids it not: input, state,
      its value, and whether the input is never up, or never down.
    - ``NUMBERED``: whether Amaranth numbers ports inside it, as lines of many instances go on one
      by one.
    - ``SLOW``: stems of the tests across circuits that take long on it.
    - ``STILL``: bits that do not change in its configuration ``top``, as a regular expression.
    - ``TOP_STEPS``: how much longer than its own runs that configuration takes to use all others.
    - ``WRONG_ANSWERS``: faults of a handshake: as ``FAULTS``, and what its environment says of it.
    """
    folder, _, stem = circuit.rpartition("/")
    path = ROOT / "tests" / "cosim" / folder / f"test_{stem}.py"
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(path.read_text() if path.exists() else "").body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in NAMES
    }


@pytest.fixture(scope="session")
def said_of() -> Callable[[str, str, Any], Any]:
    """Return a function from a circuit, a name and a default to what its own tests say."""
    return lambda circuit, name, default: literals(circuit).get(name, default)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test marked ``of_each(NAME)`` on every case that the circuits' own tests list.

    With ``always=N``, on the first N of each circuit, and on the others where slow ones run.
    """
    for marker in metafunc.definition.iter_markers("of_each"):
        cases = [
            pytest.param(
                circuit,
                case,
                id=f"{circuit}-{number}",
                marks=[pytest.mark.slow] * (number >= marker.kwargs.get("always", number + 1)),
            )
            for circuit in circuits()
            for number, case in enumerate(literals(circuit).get(marker.args[0], []))
        ]
        metafunc.parametrize(("circuit", "case"), cases)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    known = set(circuits())
    for item in items:
        circuit = parameter(item)
        if circuit in known and item.path.stem in literals(circuit).get("SLOW", ()):
            item.add_marker("slow")
    wanted = config.getoption("--circuit")
    if wanted:
        kept = [item for item in items if wanted in (circuit_of(item.nodeid), parameter(item))]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


def circuit_of(nodeid: str) -> str:
    """Return the circuit that a test's file is about; something else if it is about several."""
    folder, _, file = nodeid.partition("::")[0].rpartition("/")
    return f"{folder.partition('/')[2].partition('/')[2]}/{file[len('test_') : -len('.py')]}"


def compared_by(nodeid: str) -> str:
    """Return the circuit that a test compares: its parameter, or else what its file is about."""
    given = nodeid.partition("[")[2]
    named = [name for name in circuits() if given.startswith((f"{name}-", f"{name}]"))]
    return max(named, key=len, default=circuit_of(nodeid))


def parameter(item: pytest.Item) -> str | None:
    """Return the circuit that a test has as its parameter."""
    called = getattr(item, "callspec", None)
    return called.params.get("circuit") if called else None


def pytest_runtest_logfinish() -> None:
    """Look for unused objects between tests, where there are many, and among new ones only."""
    if gc.get_count()[0] > MANY:
        gc.collect()
        gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()
    config.pluginmanager.register(Lockstep(), "goldspike-lockstep")


class Lockstep:
    """Notes which circuits passed all tests of their benches, for the status tables."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Counter[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.nodeid.startswith("tests/cosim/") and (report.when == "call" or report.failed):
            self.outcomes.setdefault(compared_by(report.nodeid), Counter())[report.outcome] += 1

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        config = session.config
        parts = config.getoption("keyword") or any("::" in path for path in config.args)
        parts = parts or config.getoption("markexpr") not in ("", "not slow")
        parts = parts or (config.getoption("file_or_dir") and not config.getoption("--circuit"))
        if parts or hasattr(config, "workerinput"):
            return
        for circuit, counts in self.outcomes.items():
            if circuit in circuits():
                found = {"tests": counts["passed"], "passed": not counts["failed"]}
                note(circuit, "lockstep", {**found, "seed": default_seed()})


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of public data sets; tests that need one skip where it is absent."""
    folder = Path(os.environ.get("GOLDSPIKE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no data sets in {folder} (set GOLDSPIKE_DATA)")
    return folder


@pytest.fixture
def forgetful_chip() -> type:
    """Return a µBrain chip whose neurons lose the remainder when they fire."""
    from amaranth.hdl import Module, Mux, Value

    from goldspike.hdl.bugs import bug_in
    from goldspike.hdl.mubrain.chip import Chip
    from goldspike.hdl.mubrain.neuron import Neuron

    @bug_in(Chip, Neuron.wrap_and_clamp)
    def forgetful(self: Neuron, m: Module, remainder: Value, carry: Value, negative: Value) -> None:
        """Bug: a whole chip loses remainders, seen on a real digit."""
        Neuron.wrap_and_clamp(self, m, Mux(carry, 0, remainder), carry, negative)

    return forgetful

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

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
    "hdl/yosys.py",
    "hdl/waivers.vlt",
    "hdl/timing/cells.v",
)
TOOLS += tuple(f"proofs/{name}.py" for name in ("proof", "check", "smt", "bitwuzla"))


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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
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


def pytest_configure(config: pytest.Config) -> None:
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

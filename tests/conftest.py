import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cosim.runner import default_seed
from cosim.verilator import BUILD

ROOT = Path(__file__).resolve().parent.parent
TOOLS = (
    "requirements.lock",
    "hdl/verilog.py",
    "hdl/yosys.py",
    "hdl/waivers.vlt",
    "hdl/timing/cells.v",
)
TOOLS += tuple(f"proofs/{name}.py" for name in ("proof", "check", "smt", "bitwuzla"))


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
        parts += [text.encode() for text in texts]
        digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts))
        path = BUILD / "passed" / digest.hexdigest()[:24]
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    return mark


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of public data sets; tests that need one skip where it is absent."""
    folder = Path(os.environ.get("GOLDSPIKE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no data sets in {folder} (set GOLDSPIKE_DATA)")
    return folder

"""Cached code is loaded without what compiling needs, and does the same."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.model.jit import njit
from goldspike.model.mubrain.aer_input import launch
from goldspike.model.mubrain.layer import integrate_grants
from goldspike.model.mubrain.readout import read
from goldspike.model.mubrain.shared.arbitration import arbitrate_samples
from goldspike.model.warm import plain
from goldspike.workloads.mubrain.encoding import interleave, lay_trains

STEPS = """
import numpy as np
from goldspike.model.jit import njit

@njit
def twice(x):
    return 2 * x

@njit
def fill(values, start):
    made = np.empty(values.size, np.int64)
    for k in range(values.size):
        made[k] = twice(values[k]) + start
    return made

@njit
def largest(values):
    return np.max(np.sort(values))
"""
RUN = """
import sys
import numpy as np
import steps
print(steps.fill(np.arange(4), 5).tolist(), "numba.np.polynomial.polynomial_core" in sys.modules)
print(steps.largest(np.array([3.0, 9.0, 2.0])))
print(steps.fill(np.arange(3, dtype=np.int16), 1).tolist())
"""


def run(folder: Path) -> list[str]:
    command = [sys.executable, "-c", RUN]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.splitlines()


def test_the_second_run_loads_what_the_first_compiled(tmp_path: Path) -> None:
    (tmp_path / "steps.py").write_text(STEPS)
    first, second = run(tmp_path), run(tmp_path)
    assert first == ["[5, 7, 9, 11] True", "9.0", "[1, 3, 5]"]
    assert second == ["[5, 7, 9, 11] False", "9.0", "[1, 3, 5]"]
    (tmp_path / "steps.py").write_text(STEPS.replace("+ start", "- start"))
    assert run(tmp_path)[0] == "[-5, -3, -1, 1] True"  # an edit is compiled


@njit
def arithmetic(values: np.ndarray) -> Any:
    total = np.int64(0)
    for k in range(values.size):
        total += min(values[k], 7)
    return total


@njit
def library(values: np.ndarray) -> Any:
    return np.linalg.norm(values)


@njit
def calls_it(values: np.ndarray) -> Any:
    return library(values) + arithmetic(values)


def test_what_calls_a_library_is_not_plain() -> None:
    found = [plain(it.py_func) for it in (arithmetic, library, calls_it)]  # type: ignore[attr-defined]
    assert found == [True, False, False]


@pytest.mark.parametrize(
    "kernel", [lay_trains, interleave, launch, arbitrate_samples, integrate_grants, read]
)
def test_a_network_on_mubrain_runs_on_plain_code(kernel: Any) -> None:
    assert plain(kernel.py_func)

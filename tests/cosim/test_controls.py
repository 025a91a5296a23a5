"""Stimuli bring inputs together, and use all bits of numbers: else nothing tests them.

An input that is ignored, or overheard, because of another one shows only where both are up: of a
bundle, any line. Circuits without a clock have levels, which meet as well.
"""

from collections.abc import Callable
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.bench.stimulus import get_lines

Said = Callable[[str, str, Any], Any]

SHARE = 0.95
"""Neighbours that must differ of bundles too wide for chance to reach all."""
WIDE = 100


@cache
def stimuli(circuit: str) -> list[tuple[Ports, np.ndarray]]:
    """Return ports and stimulus of every configuration that does not take long to build."""
    bench = load_bench(circuit)
    jobs = [bench(config) for config in bench.configs if config not in bench.checks.slow]
    return [
        (Ports.of(bench.rtl(job.params)), job.stimulus(np.random.default_rng(1), bench.steps))
        for job in jobs
    ]


def pairs(found: list[tuple[Ports, np.ndarray]]) -> dict[tuple[str, str], bool]:
    """Return for any two inputs whether they are up together on some tick."""
    together: dict[tuple[str, str], bool] = {}
    for ports, rows in found:
        up = {
            name: get_lines(rows, name, width).any(axis=1) for name, width in ports.inputs.items()
        }
        for a, b in combinations(up, 2):
            together[a, b] = together.get((a, b), False) or bool((up[a] & up[b]).any())
    return together


@pytest.mark.parametrize("circuit", circuits())
def test_any_two_inputs_come_together(circuit: str, said_of: Said) -> None:
    never = {pair for pair, meet in pairs(stimuli(circuit)).items() if not meet}
    assert never == said_of(circuit, "APART", set())


def test_a_pair_that_never_meets_is_found() -> None:
    ((ports, rows), *_) = stimuli("mubrain/neuron")
    assert pairs([(ports, rows)])["strobe", "clear"]
    apart = np.copy(rows)
    apart["clear"][rows["strobe"] == 1] = 0
    assert not pairs([(ports, apart)])["strobe", "clear"]
    assert pairs([(ports, apart), (ports, rows)])["strobe", "clear"]


@pytest.mark.parametrize("circuit", circuits())
def test_no_two_neighbours_of_a_bundle_are_alike(circuit: str, said_of: Said) -> None:
    differ: dict[str, np.ndarray] = {}  # each line, and the one above it
    for ports, rows in stimuli(circuit):
        for name, width in ports.inputs.items():
            lines = get_lines(rows, name, width)
            here = (lines[:, 1:] != lines[:, :-1]).any(axis=0)
            before = differ.get(name, np.zeros(0, bool))
            both = np.zeros(max(here.size, before.size), bool)
            both[: here.size] |= here
            both[: before.size] |= before
            differ[name] = both
    least = {name: SHARE if both.size > WIDE else 1.0 for name, both in differ.items()}
    poor = {name for name, both in differ.items() if both.size and both.mean() < least[name]}
    assert poor == said_of(circuit, "FEW", set())

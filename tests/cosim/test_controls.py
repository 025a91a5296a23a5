"""Stimuli bring controls together, and use all bits of numbers: else nothing tests them.

An input that is ignored, or overheard, because of another one shows only where both are up.
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

LEAVES = [
    name
    for name in circuits()
    if load_bench(name).clocked and not load_bench(name).checks.assembled
]


@cache
def stimuli(circuit: str) -> list[tuple[Ports, np.ndarray]]:
    """Return ports and stimulus of every configuration that does not take long to build."""
    bench = load_bench(circuit)
    jobs = [bench(config) for config in bench.configs if config not in bench.checks.slow]
    return [
        (Ports.of(bench.rtl(job.params)), job.stimulus(np.random.default_rng(1), bench.steps))
        for job in jobs
    ]


@pytest.mark.parametrize("circuit", LEAVES)
def test_any_two_controls_come_together(circuit: str, said_of: Said) -> None:
    found = stimuli(circuit)
    controls = [
        name for name in found[0][0].inputs if all(ports.inputs[name] == 1 for ports, _ in found)
    ]
    never = {
        (a, b)
        for a, b in combinations(controls, 2)
        if not any(((rows[a] == 1) & (rows[b] == 1)).any() for _, rows in found)
    }
    assert never == said_of(circuit, "APART", set())


@pytest.mark.parametrize("circuit", LEAVES)
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

"""The circuit's engines: the same figures as the golden model's, to the last one."""

import json
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike import simulation
from goldspike.model.files import load_npz
from goldspike.rram.chip import Rram
from goldspike.workloads.rram.network import MultiLayer, save_network

simulate = partial(simulation.simulate, "rram")


def network(path: Path, bits: int, sizes: tuple[int, ...], seed: int) -> str:
    """Write a random network; return its path."""
    rng = np.random.default_rng(seed)
    half = 1 << (bits - 1)
    low, high = (0, 2) if bits == 1 else (-half, half)
    shapes = list(pairwise(sizes))
    net = MultiLayer(
        weights=tuple(rng.integers(low, high, shape).astype(np.int8) for shape in shapes),
        biases=tuple(rng.integers(-900, 900, n) for n in sizes[1:]),
        multipliers=tuple(rng.integers(1, 90, n) for n in sizes[1:-1]),
        shifts=(9,) * (len(sizes) - 2),
        weight_bits=bits,
    )
    save_network(path, net, {})
    return str(path)


def assert_engines_agree(tmp_path: Path, samples: int, **change: Any) -> None:
    reports, outcomes = {}, {}
    for engine in ("model", "rtl", "lockstep"):
        out = tmp_path / f"{engine}.json"
        simulate(engine=engine, samples=samples, out=out, **change)
        reports[engine] = json.loads(out.read_text())
        outcomes[engine] = load_npz(out.with_suffix(".npz"))
        for different in ("engine", "wall_seconds"):
            del reports[engine][different]
    assert reports["model"] == reports["rtl"] == reports["lockstep"]
    for name, array in outcomes["model"].items():
        np.testing.assert_array_equal(array, outcomes["rtl"][name])
        np.testing.assert_array_equal(array, outcomes["lockstep"][name])


SMALL = ("rows=24", "adcs=2", "lanes=5")


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_engines_agree_to_the_last_figure(bits: int, tmp_path: Path) -> None:
    net = network(tmp_path / "net.npz", bits, (64, 11, 10), bits)
    assert_engines_agree(tmp_path, 3, net=net, assignments=SMALL)


@pytest.mark.slow
def test_engines_agree_on_the_published_macro(tmp_path: Path) -> None:
    for config in Rram.configurations:
        assert_engines_agree(tmp_path, 20, config=config)

"""The circuit's engines: the same figures as the golden model's, to the last one."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from goldspike import simulation
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


SMALL = ("rows=24", "adcs=2", "lanes=5")


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_engines_agree_to_the_last_figure(
    bits: int, tmp_path: Path, engines_agree: Callable[..., None]
) -> None:
    net = network(tmp_path / "net.npz", bits, (64, 11, 10), bits)
    engines_agree("rram", 3, net=net, assignments=SMALL)


@pytest.mark.slow
def test_engines_agree_on_the_published_macro(engines_agree: Callable[..., None]) -> None:
    for config in Rram.configurations:
        engines_agree("rram", 20, config=config)

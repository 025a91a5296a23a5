"""What the always-on chip's tests share."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from goldspike.workloads.alwayson.network import BinaryNetwork, save_network

Write = Callable[..., str]


@pytest.fixture
def network(tmp_path: Path) -> Write:
    """Return what writes a network of weights by chance; `ones` is the chance of a +1."""

    def write(sizes: tuple[int, ...], thresholds: tuple[int, ...], ones: float = 0.6) -> str:
        rng, path = np.random.default_rng(1), tmp_path / "net.npz"
        weights = tuple(
            np.where(rng.random(shape) < ones, 1, -1).astype(np.int8) for shape in pairwise(sizes)
        )
        save_network(path, BinaryNetwork(weights=weights, thresholds=thresholds))
        return str(path)

    return write


@pytest.fixture
def published(network: Write) -> str:
    """Write a network for the published chip and the digits."""
    return network((64, 128, 128, 128, 10), (1, 32, 16, 14))

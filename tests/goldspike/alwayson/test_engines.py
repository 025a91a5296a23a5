"""The circuit's engines: the same figures as the golden model's, to the last one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from goldspike.model.files import save_npz

Agree = Callable[..., None]

SMALL = ("layers=5,6,5,3", "frame=3000", "settle=0")


TURNS = pytest.param(
    ("bits=8", "policy=round_robin", "neuron_clock=2"), marks=pytest.mark.slow, id="by turns"
)


@pytest.mark.parametrize("settings", [("bits=5",), TURNS])
def test_engines_agree_to_the_last_figure(
    settings: tuple[str, ...], network: Callable[..., str], tmp_path: Path, engines_agree: Agree
) -> None:
    images = tmp_path / "images.npz"
    rng = np.random.default_rng(2)
    save_npz(images, x=rng.integers(0, 256, (3, 2, 2)).astype(np.uint8), y=np.arange(3))
    net = network((4, 6, 5, 3), (1, 2, 2), ones=0.7)
    engines_agree("alwayson", 3, net=net, data=str(images), assignments=SMALL + settings)


@pytest.mark.slow
@pytest.mark.parametrize("config", ["lossless", "paper"])
def test_engines_agree_on_the_published_chip(config: str, engines_agree: Agree) -> None:
    engines_agree("alwayson", 2, config=config)

"""Images with anything in them."""

from collections.abc import Callable

import numpy as np
import pytest

from goldspike.model.truenorth.shared.image import LIMITS, NEURON, CoreImage


@pytest.fixture
def random_image() -> Callable[..., CoreImage]:
    """Return a function that makes an image in which every field takes any value."""

    def make(
        rng: np.random.Generator, axons: int, neurons: int, *, drawn: bool = True
    ) -> CoreImage:
        fields = np.zeros(neurons, NEURON)
        for name, (low, high) in LIMITS.items():
            fields[name] = rng.integers(low, high + 1, fields[name].shape)
        for name in ("alpha", "beta"):
            fields[name] >>= rng.integers(0, 18, neurons)  # most within reach of the potentials
        for name in ("reversal", "kappa"):
            fields[name] = rng.integers(0, 2, neurons)
        if drawn:
            fields["stochastic_weights"] = rng.integers(0, 2, (neurons, 4))
            fields["stochastic_leak"] = rng.integers(0, 2, neurons)
        else:
            fields["mask"] = 0
        fields["axon"] = rng.integers(0, axons, neurons)
        fields["dx"], fields["dy"] = rng.integers(0, 2, neurons), 0
        return CoreImage(
            connected=rng.random((axons, neurons)) < 0.5,
            types=rng.integers(0, 4, axons).astype(np.uint8),
            neurons=fields,
            seed=int(rng.integers(1, 1 << 32)),
        )

    return make

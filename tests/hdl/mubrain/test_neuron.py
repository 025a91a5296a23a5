import numpy as np
import pytest

from goldspike.hdl.mubrain.neuron import Neuron
from goldspike.model.mubrain.neuron import NeuronModel, NeuronParams


def model(params, weight, strobe, scale, clear):
    """Return the golden neuron's records."""
    neuron, records = NeuronModel(params), []
    for tick, (w, *ports) in enumerate(zip(weight, strobe, scale, clear, strict=True), start=1):
        s, g, c = map(bool, ports)
        fired = neuron.tick(int(w), strobe=s, scale=g, clear=c)
        if s or c:
            records.append((tick, int(neuron.potential[0]), int(fired)))
    return records


@pytest.mark.parametrize("lowest", [-7, 1])
def test_neuron_equals_its_model(rtl, lowest):
    rng = np.random.default_rng(1)
    levels = {
        "weight": rng.integers(lowest, 8, 500),
        "strobe": rng.random(500) < 0.8,
        "scale": rng.random(500) < 0.3,
        "clear": rng.random(500) < 0.02,
    }
    expected = model(NeuronParams(), **levels)
    assert any(fired for _, _, fired in expected)
    assert rtl(Neuron, NeuronParams(), **levels) == expected

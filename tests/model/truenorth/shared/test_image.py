"""What an image must be."""

from dataclasses import replace

import numpy as np
import pytest

from goldspike.model.truenorth.shared.image import blank


def test_blank_core_has_the_published_size() -> None:
    image = blank()
    assert (image.axons, image.size, int(image.connected.sum())) == (256, 256, 0)


@pytest.mark.parametrize(
    ("name", "value"), [("alpha", -1), ("alpha", 1 << 18), ("weights", 256), ("delay", 16)]
)
def test_a_value_out_of_range_names_its_neuron(name: str, value: int) -> None:
    image = blank(2, 3)
    fields = image.neurons.copy()
    fields[name][1] = value
    with pytest.raises(ValueError, match=rf"neuron 1 has {name} .*{value}"):
        replace(image, neurons=fields)


def test_other_shapes_and_seeds_are_refused() -> None:
    image = blank(2, 3)
    with pytest.raises(ValueError, match="types must be a uint8 array of 2 axons"):
        replace(image, types=np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match="axon 1 has type 4"):
        replace(image, types=np.array([0, 4], np.uint8))
    with pytest.raises(ValueError, match="boolean"):
        replace(image, connected=np.zeros((2, 3)))
    with pytest.raises(ValueError, match="seed"):
        replace(image, seed=0)

"""Rows as lines against the golden model's numbers, and back."""

import numpy as np
import pytest

from goldspike.cosim.truenorth.shared.rows import draw_rows, lines_of, rows_in
from goldspike.model.truenorth.core_sram import CoreSramParams, row_of
from goldspike.model.truenorth.shared.image import CoreImage


@pytest.mark.parametrize(("axons", "neurons"), [(1, 1), (5, 30), (40, 24)])
def test_rows_are_those_of_the_memory(axons: int, neurons: int) -> None:
    params = CoreSramParams(axons=axons, neurons=neurons)
    connected, fields = draw_rows(np.random.default_rng(axons), neurons, params)
    fields["axon"] %= axons
    image = CoreImage(connected=connected, types=np.zeros(axons, np.uint8), neurons=fields)
    lines = lines_of(connected, fields, params)
    for neuron, row in enumerate(lines):
        assert sum(1 << int(k) for k in np.flatnonzero(row)) == row_of(image, neuron, params)
    back, again = rows_in(lines, params)
    assert np.array_equal(back, connected)
    assert again.tobytes() == fields.tobytes()

"""A row's length and order, and what a memory keeps."""

import numpy as np

from goldspike.model.truenorth.core_sram import CoreSramModel, CoreSramParams, row_of
from goldspike.model.truenorth.shared.image import NEURON, CoreImage


def test_published_row_has_410_bits_256_of_them_synapses() -> None:
    params = CoreSramParams()
    assert params.row_bits == 410
    state = params.neuron.field_bits + params.neuron.potential_bits
    assert (state, params.row_bits - 256 - state) == (124, 9 + 9 + 8 + 4)
    assert params.row_bits * 256 == 104_960


def test_every_field_has_its_place() -> None:
    params = CoreSramParams(axons=5, neurons=1)
    fields = np.zeros(1, NEURON)
    fields["potential"], fields["leak"], fields["delay"], fields["dx"] = -2, -1, 9, -3
    fields["weights"] = [[1, -1, 0, 7]]
    fields["stochastic_weights"] = [[False, True, False, False]]
    connected = np.array([[1], [0], [0], [1], [1]], bool)
    image = CoreImage(connected=connected, types=np.zeros(5, np.uint8), neurons=fields)
    row = row_of(image, 0, params)
    read, place = {}, 0
    for name, width in params.fields:
        read[name] = row >> place & ((1 << width) - 1)
        place += width
    assert row >> place == 0
    assert read["synapses"] == 0b11001
    assert read["potential"] == (1 << 20) - 2
    assert (read["weight_0"], read["weight_1"], read["weight_3"]) == (1, 511, 7)
    assert (read["stochastic_weight_0"], read["stochastic_weight_1"]) == (0, 1)
    assert (read["leak"], read["dx"], read["delay"]) == (511, 509, 9)


def test_a_write_changes_the_potential_alone() -> None:
    params = CoreSramParams(axons=3, neurons=2)
    model = CoreSramModel(params)
    full = (1 << params.row_bits) - 1
    model.tick(load=True, load_neuron=1, load_row=full)
    model.tick(read=True, read_neuron=1, write=True, write_neuron=1, potential=0)
    assert model.row == full  # what was there before
    model.tick(read=True, read_neuron=1)
    assert model.row == full & ~(0xFFFFF << 3)
    model.tick(load_types=True, types=0b11_00_10)
    assert (model.types, model.rows[0]) == ([2, 0, 3], 0)

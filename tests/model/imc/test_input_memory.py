import re

import numpy as np
import pytest

from goldspike.model.imc.input_memory import InputMemoryModel, InputMemoryParams
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.workloads.imc.placement import Method, Placement


def params(height=5, channels=20, **change):
    layer = LayerParams(height=height, width=height, channels=channels, outputs=1, padding=0)
    return InputMemoryParams(layer=layer, **change)


def store(memory, pixels, before=0):
    """Store pixels behind those stored before; return the address of each one's first word."""
    words, height = memory.params.words, memory.params.layer.height
    word = np.zeros(memory.params.word_bytes, np.uint8)
    found = []
    for k in range(before, before + pixels):
        last = k % height == height - 1
        first, *_ = [memory.store_data(word, last_row=last) for _ in range(words)]
        found.append(first)
    return found


def test_the_addresses_of_figure_8():
    memory = InputMemoryModel(params())
    assert memory.params.delta_pix == (0, 2, 4) and memory.params.delta_kernel == 6
    store(memory, 1)
    assert memory.addr_w_0 == 6  # timestep N: delta-kernel
    store(memory, 4, before=1)
    assert memory.addr_w_0 == 2  # the first column is full: delta-pix[1]
    store(memory, 8, before=5)
    for _ in range(3):  # the first window, at timestep N + 2H + 3
        for word in range(6):
            memory.read_data(pad=False, next_row=word == 5)
    assert memory.addr_r_0 == 18  # 3 delta-kernel


def test_a_row_is_read_in_the_order_of_its_columns():
    """Section 2.4.2: with column 3 in place of column 0, the order is (0,1), (0,2), (0,3)."""
    memory = InputMemoryModel(params())
    memory.next_column(next_image=False)
    assert [memory.read_data(pad=False) for _ in range(6)] == [2, 3, 4, 5, 0, 1]


def test_pixels_lie_where_plip_puts_them():
    memory = InputMemoryModel(params(height=4, channels=5, word_bits=16))
    place = Placement(method=Method.PLIP, height=4, channels=5, word_bits=16)
    expected = [place.words(x, y)[0] for y in range(7) for x in range(4)]
    assert store(memory, 28) == expected


def test_residuals_follow_the_order_of_arrival():
    memory = InputMemoryModel(params(height=4))
    stored = store(memory, 15)
    read = []
    for k in range(15):
        first, _ = [memory.read_res(last_row=k % 4 == 3) for _ in range(2)]
        read.append(first)
    assert read == stored


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"word_bits": 12}, "word_bits must be whole bytes, not 12"),
        ({"depth": 29}, "5 x 3 pixels of 2 words must fit in 29 words"),
        ({"depth": 0}, "depth must be in 1..1048576, not 0"),
    ],
)
def test_bad_memories_are_refused(change, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        params(**change)

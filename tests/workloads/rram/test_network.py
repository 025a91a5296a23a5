"""Networks for the macro: the file, and the arithmetic beside the macro."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz
from goldspike.model.paths import ROOT
from goldspike.workloads.rram.network import (
    MultiLayer,
    load_network,
    next_inputs,
    save_network,
    scores,
)

NET = ROOT / "nets" / "rram_digits.npz"


def small(bits: int, rng: np.random.Generator, sizes: tuple[int, ...] = (9, 5, 3)) -> MultiLayer:
    """Return a random network."""
    half = 1 << (bits - 1)
    low, high = (0, 2) if bits == 1 else (-half, half)
    return MultiLayer(
        weights=tuple(rng.integers(low, high, (a, b)).astype(np.int8) for a, b in pairwise(sizes)),
        biases=tuple(rng.integers(-900, 900, n) for n in sizes[1:]),
        multipliers=tuple(rng.integers(1, 200, n) for n in sizes[1:-1]),
        shifts=(8,) * (len(sizes) - 2),
        weight_bits=bits,
    )


@pytest.mark.parametrize("name", ["digits", "digits_4bit", "digits_2bit", "digits_1bit", "mnist"])
def test_a_network_survives_the_file(name: str, tmp_path: Path) -> None:
    shipped = ROOT / "nets" / f"rram_{name}.npz"
    net, meta = load_network(shipped)
    path = tmp_path / "net.npz"
    save_network(path, net, meta)
    assert load_npz(path).keys() == load_npz(shipped).keys()
    assert path.read_bytes() == shipped.read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights_1": None}, "expected the array weights_1, but it is missing"),
        ({"weights_2": np.zeros((5, 10), np.int8)}, r"expected 64 x any integers in weights_2"),
        ({"bias_1": np.zeros(64)}, r"expected 64 integers in bias_1, not float64"),
        ({"multiplier_1": np.full(64, 1 << 15)}, r"expected -32768\.\.32767 in multiplier_1"),
        ({"weight_bits": 3}, r"expected one of \(1, 2, 4, 8\) in weight_bits, not 3"),
        ({"weight_bits": "8"}, "expected a whole number in weight_bits"),
        ({"weight_bits": 4}, r"expected -8\.\.7 in weights_1"),
        ({"shifts": np.array([41])}, r"expected 0\.\.40 in shifts"),
        ({"shifts": np.zeros(2, int)}, "expected 1 integers in shifts"),
        ({"weights_1": np.zeros((0, 64), np.int8)}, "weights_1"),
    ],
)
def test_bad_files_are_refused(change: dict, message: str, tmp_path: Path) -> None:
    arrays = {**load_npz(NET), **change}
    path = tmp_path / "net.npz"
    save_npz(path, **{name: value for name, value in arrays.items() if value is not None})
    with pytest.raises(InputError, match=message) as caught:
        load_network(path)
    assert str(path) in str(caught.value)


def test_weights_of_one_bit_have_two_values(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    weights = np.array([[-1, 0], [1, 1]], np.int8)
    save_npz(path, weights_1=weights, bias_1=np.zeros(2, int), shifts=np.zeros(0, int),
             weight_bits=1)  # fmt: skip
    with pytest.raises(InputError, match="expected 0 and 1, or -1 and 1, in weights_1"):
        load_network(path)


@given(st.integers(0, 2**32 - 1))
def test_signs_are_the_plain_product(seed: int) -> None:
    rng = np.random.default_rng(seed)
    signs = rng.choice(np.array([-1, 1], np.int8), (6, 4))
    signs[0, 0] = -1
    x = rng.integers(0, 256, (3, 6), dtype=np.uint8)
    net = MultiLayer(
        weights=(signs,), biases=(np.arange(4),), multipliers=(), shifts=(), weight_bits=1
    )
    assert set(np.unique(net.stored(0))) <= {0, 1}
    wanted = x.astype(int) @ signs.astype(int) + np.arange(4)
    np.testing.assert_array_equal(scores(net, x), wanted)


def test_what_follows_a_layer_rounds_down_and_keeps_to_8_bits() -> None:
    net = small(8, np.random.default_rng(1), (1, 3, 1))
    net = MultiLayer(
        weights=net.weights,
        biases=(np.array([0, 1, 0]), net.biases[1]),
        multipliers=(np.array([3, 3, 1000]),),
        shifts=(1,),
        weight_bits=8,
    )
    products = np.array([[5, 5, 5], [-5, -1, 0]])
    found = next_inputs(net, 0, np.zeros((2, 1), np.uint8), products)
    np.testing.assert_array_equal(found, [[7, 9, 255], [0, 0, 0]])

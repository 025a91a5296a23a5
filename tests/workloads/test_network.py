import re

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.files import save_npz
from goldspike.workloads.network import (
    FORMAT,
    Network,
    check_fits,
    load_network,
    pad_network,
    save_network,
)

W1 = np.array([[1, -7, 0], [7, 2, 3]])
W2 = np.array([[1], [2], [-3]])


def refusal(tmp_path, **arrays):
    path = tmp_path / "net.npz"
    save_npz(path, **arrays)
    with pytest.raises(InputError) as caught:
        load_network(path)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float32])
def test_a_network_is_read_whatever_type_holds_its_integers(tmp_path, dtype):
    np.savez(tmp_path / "net.npz", w2=W2.astype(dtype), w1=W1.astype(dtype))
    net = load_network(tmp_path / "net.npz")
    assert [w.dtype for w in net.weights] == [np.int8, np.int8]
    assert net.weights[0].tolist() == W1.tolist()
    assert net.weights[1].tolist() == W2.tolist()
    assert net.sizes == (2, 3, 1)
    assert net.meta == {}


def test_a_saved_network_keeps_its_further_keys(tmp_path):
    path = tmp_path / "net.npz"
    save_network(path, Network((W1, W2), {"chip": "mubrain", "rate": 2.5, "th": np.arange(3)}))
    net = load_network(path)
    assert list(net.meta) == ["format", "chip", "rate", "th"]
    assert net.meta["format"] == FORMAT
    assert net.meta["chip"] == "mubrain"
    assert net.meta["rate"] == 2.5
    assert net.meta["th"].tolist() == [0, 1, 2]
    copy = tmp_path / "copy.npz"
    save_network(copy, net)
    assert copy.read_bytes() == path.read_bytes()


def test_more_than_nine_layers_are_read_in_order(tmp_path):
    arrays = {f"w{i}": np.full((1, 1), i) for i in range(11, 0, -1)}
    save_npz(tmp_path / "net.npz", **arrays)
    assert [w.item() for w in load_network(tmp_path / "net.npz").weights] == list(range(1, 12))


def test_weights_cannot_be_changed_behind_a_network():
    source = W1.astype(np.int8)
    net = Network((source,))
    source[0, 0] = 5
    assert net.weights[0][0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        net.weights[0][0, 0] = 5


NO_W1 = "expected the weights of the first layer as w1 (inputs x outputs)."


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, NO_W1),
        ({"w2": W1, "weights": W1, "w01": W1}, NO_W1),
        ({"w1": W1, "w3": W2}, "expected w2 before w3, but it is missing."),
        ({"w1": W1.ravel()}, "expected w1 to have the shape (inputs, outputs), not (6,)."),
        ({"w1": W1[:0]}, "expected at least one input and output in w1, not (0, 3)."),
        (
            {"w1": W1, "w2": W1},
            "expected w2 to have the 3 inputs that w1 has outputs, but its shape is (2, 3).",
        ),
        ({"w1": W1.astype(str)}, "expected integers in w1, not the type <U21."),
        ({"w1": W1 * np.nan}, "expected integers in w1, but there is a NaN or inf."),
        ({"w1": W1, "w2": W2 * np.inf}, "expected integers in w2, but there is a NaN or inf."),
        ({"w1": W1 + 0.25}, "expected integers in w1, but there are fractions."),
        ({"w1": W1 - 121}, "expected weights -127..127 in w1, but they span -128..-114."),
        ({"w1": W1 * 19.0}, "expected weights -127..127 in w1, but they span -133.0..133.0."),
    ],
)
def test_a_malformed_network_is_refused(tmp_path, arrays, message):
    assert refusal(tmp_path, **arrays) == message


def test_a_network_without_layers_is_refused():
    with pytest.raises(InputError, match=r"^Expected at least one weight matrix \(w1\)\.$"):
        Network(())


def test_a_damaged_network_file_is_refused(tmp_path):
    path = tmp_path / "net.npz"
    path.write_bytes(b"PK")
    with pytest.raises(InputError, match=r"is not a zip archive or is cut short\.$"):
        load_network(path)


def test_a_key_that_names_weights_is_not_saved_as_another(tmp_path):
    with pytest.raises(
        ValueError, match=r"^meta must not hold 'w2', which names a weight matrix\.$"
    ):
        save_network(tmp_path / "net.npz", Network((W1,), {"w2": W2}))


def test_a_network_fits_a_chip_of_its_size_and_larger():
    net = Network((W1, W2))
    check_fits(net, (2, 3, 1), weight_bits=4)
    check_fits(net, (256, 64, 10), weight_bits=8)


@pytest.mark.parametrize(
    ("sizes", "bits", "message"),
    [
        ((2, 3), 4, "Expected 1 layer of weights for a chip of 2-3, but the network has 2."),
        (
            (2, 3, 4, 1),
            4,
            "Expected 3 layers of weights for a chip of 2-3-4-1, but the network has 2.",
        ),
        ((1, 3, 1), 4, "Expected a network of at most 1-3-1 neurons, but it has 2-3-1."),
        ((2, 2, 1), 4, "Expected a network of at most 2-2-1 neurons, but it has 2-3-1."),
        ((2, 3, 1), 3, "Expected weights of 3 bits (-3..3), but w1 spans -7..7."),
    ],
)
def test_a_network_that_does_not_fit_is_refused(sizes, bits, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        check_fits(Network((W1, W2)), sizes, weight_bits=bits)


def test_padding_adds_silent_neurons():
    net = pad_network(Network((W1, W2), {"chip": "mubrain"}), (4, 3, 2))
    assert net.sizes == (4, 3, 2)
    assert net.weights[0].tolist() == [*W1.tolist(), [0, 0, 0], [0, 0, 0]]
    assert net.weights[1].tolist() == [[1, 0], [2, 0], [-3, 0]]
    assert net.meta == {"chip": "mubrain"}


def test_padding_refuses_a_smaller_chip():
    with pytest.raises(InputError, match=r"^Expected a network of at most 2-2-1 neurons"):
        pad_network(Network((W1, W2)), (2, 2, 1))

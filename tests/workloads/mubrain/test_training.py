import re
from dataclasses import replace

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.files import save_npz
from goldspike.model.paths import ROOT
from goldspike.workloads.adam import Adam
from goldspike.workloads.checkpoint import Checkpoint
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.epochs import held_back
from goldspike.workloads.mubrain.training import output_counts, rate_accuracy, train
from goldspike.workloads.mubrain.training_params import SETTINGS, TrainParams
from goldspike.workloads.network import check_fits, load_network
from goldspike.workloads.trainer_settings import parse_params

TINY = TrainParams(sizes=(16, 6, 3), epochs=40, batch=32, shift=0, rate_max=100e3)


def bars(n=300, seed=0):
    """4x4 images with one bright row, 0 to 2, over noise; the class is the row."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    x = rng.integers(0, 90, (n, 4, 4))
    x[np.arange(n), y] += 120
    return x.reshape(n, 16).astype(np.uint8), y


def test_a_small_problem_is_learned_within_the_range_of_the_weights():
    net, _ = train(*bars(), TINY)
    check_fits(net, (16, 6, 3), weight_bits=4)
    assert net.sizes == (16, 6, 3)
    x, y = bars(seed=1)
    assert rate_accuracy(net.weights, x, y, TINY) > 0.98
    counts = output_counts(net.weights, x, TINY)
    assert np.median(counts.max(1)) > TINY.quiet  # the winner fires, it does not just lose least


@pytest.mark.parametrize("bits", [2, 3])
def test_fewer_bits_give_smaller_weights(bits):
    net, _ = train(*bars(), replace(TINY, weight_bits=bits, sizes=(16, 24, 3), epochs=150))
    assert max(abs(w).max() for w in net.weights) == 2 ** (bits - 1) - 1
    assert rate_accuracy(net.weights, *bars(seed=1), TINY) > 0.9


@pytest.mark.parametrize("sizes", [(16, 3), (16, 16, 12, 3)])
def test_any_number_of_layers_can_be_trained(sizes):
    net, _ = train(*bars(), replace(TINY, sizes=sizes, epochs=100))
    assert net.sizes == sizes
    assert rate_accuracy(net.weights, *bars(seed=1), TINY) > 0.95


def test_one_seed_gives_one_network():
    params = replace(TINY, epochs=3)
    one, same, other = (train(*bars(), replace(params, seed=s))[0] for s in (0, 0, 1))
    assert all((a == b).all() for a, b in zip(one.weights, same.weights, strict=True))
    assert any((a != b).any() for a, b in zip(one.weights, other.weights, strict=True))


def test_the_network_says_how_it_was_made():
    meta = train(*bars(), replace(TINY, epochs=1, seed=5))[0].meta
    assert meta["chip"] == "mubrain"
    assert meta["made_by"] == (
        "goldspike train mubrain --seed 5 --set epochs=1 --set batch=32 "
        "--set sizes=16,6,3 --set rate_max=100000.0 --set shift=0"
    )
    assert (meta["rate_min"], meta["rate_max"], meta["window"]) == (100.0, 100e3, 420_000)


def test_held_back_images_choose_the_epoch():
    x, y = bars()
    params = replace(TINY, epochs=15, validation=0.25)
    scores = []
    net, _ = train(x, y, params, lambda epoch, score: scores.append((epoch, score)))
    assert [epoch for epoch, _ in scores] == list(range(1, 16))
    order = np.random.default_rng(params.seed).permutation(len(x))
    kept = order[:75]
    best = max(score for _, score in scores)
    assert rate_accuracy(net.weights, x[kept], y[kept], params) == best
    assert best > scores[0][1]


def test_the_images_held_back_can_be_had_again():
    params = replace(TINY, validation=0.25)
    kept, used = held_back(300, params)
    assert (len(kept), len(used)) == (75, 225)
    assert sorted([*kept, *used]) == list(range(300))
    assert (kept == np.random.default_rng(params.seed).permutation(300)[:75]).all()


class StopError(Exception):
    pass


def stop_after(epochs):
    def progress(epoch, score):
        if epoch == epochs:
            raise StopError

    return progress


@pytest.mark.parametrize("validation", [0.0, 0.25])
def test_an_interrupted_run_ends_with_the_same_weights(tmp_path, validation):
    params = replace(TINY, epochs=12, validation=validation, shift=1)
    path = tmp_path / "run.checkpoint"
    whole, _ = train(*bars(), params)
    for epochs, resume in ((4, False), (9, True)):
        with pytest.raises(StopError):
            train(*bars(), params, stop_after(epochs), Checkpoint(path, seconds=0, resume=resume))
    seen = []
    checkpoint = Checkpoint(path, seconds=0, resume=True)
    parts, _ = train(*bars(), params, lambda epoch, score: seen.append(epoch), checkpoint)
    assert seen == [10, 11, 12]
    assert all((a == b).all() for a, b in zip(whole.weights, parts.weights, strict=True))
    checkpoint.remove()
    assert not path.exists()


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    params = replace(TINY, epochs=2)
    path = tmp_path / "run.checkpoint"
    x, y = bars()
    train(x, y, params, None, Checkpoint(path, seconds=0))
    other = rf"^{re.escape(str(path))}: expected a checkpoint of these data and settings, but"
    for change in ((x, y, replace(params, seed=1)), (x[::-1], y, params), (x, y[::-1], params)):
        with pytest.raises(InputError, match=other):
            train(*change, None, Checkpoint(path, resume=True))


def test_a_damaged_or_missing_checkpoint_is_refused(tmp_path):
    params = replace(TINY, epochs=2)
    path = tmp_path / "run.checkpoint"
    with pytest.raises(InputError, match="there is no such file"):
        train(*bars(), params, None, Checkpoint(path, resume=True))
    train(*bars(), params, None, Checkpoint(path, seconds=0))
    arrays = dict(np.load(path))
    for change in ({"first1": np.zeros(3)}, {"rng": np.array("{}")}, {"epoch": np.array([])}):
        save_npz(path, **(arrays | change))
        with pytest.raises(InputError, match=r"expected an intact checkpoint\.$"):
            train(*bars(), params, None, Checkpoint(path, resume=True))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match="cut short"):
        train(*bars(), params, None, Checkpoint(path, resume=True))


def test_settings_are_read_from_text():
    params = parse_params(
        TrainParams, SETTINGS, ["sizes=16,6,3", "rate_max=1e5", "shift=0", "shift=1"], seed=7
    )
    assert params == TrainParams(sizes=(16, 6, 3), rate_max=1e5, shift=1, seed=7)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("epochs", "A setting must read NAME=VALUE, not 'epochs'."),
        ("epochs=few", "The setting 'epochs=few' cannot be used: a whole number expected."),
        ("quiet=x", "The setting 'quiet=x' cannot be used: a number expected."),
        ("epochs=0", "The settings cannot be used: epochs must be at least 1, not 0"),
        ("seed=3", "unknown setting of the trainer 'seed'; choose from epochs, batch,"),
    ],
)
def test_settings_that_make_no_sense_are_refused(assignment, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}"):
        parse_params(TrainParams, SETTINGS, [assignment], seed=0)


def test_without_held_back_images_there_is_no_score():
    scores = []
    train(*bars(), replace(TINY, epochs=2), lambda *report: scores.append(report))
    assert scores == [(1, None), (2, None)]


def test_the_mean_rate_law():
    x = np.array([[0, 255], [255, 0]], np.uint8)
    params = TrainParams(sizes=(2, 2, 1), shift=0, rate_min=1e3, rate_max=64e3, window=100_000)
    w1, w2 = np.array([[1, 0], [7, -7]]), np.array([[2], [5]])
    # 1 and 64 input spikes in 1 ms; the second hidden neuron stays at zero
    hidden = np.array([(1 + 7 * 64) / 64, (64 + 7) / 64])
    assert output_counts((w1, w2), x, params)[:, 0] == pytest.approx(2 * hidden / 64)


def test_shifted_images_are_learned_too():
    x = np.zeros((2, 6, 6), np.uint8)
    x[0, 2:4, 1:5] = x[1, 1:5, 2:4] = 255  # a lying and a standing bar
    y = np.array([0, 1])
    params = TrainParams(
        sizes=(36, 8, 2), epochs=300, batch=2, shift=1, rate_max=100e3, input_noise=0.1
    )
    moved = np.array([np.roll(x, (i, j), (1, 2)) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    moved, labels = moved.reshape(18, 36), np.tile(y, 9)
    net, _ = train(x.reshape(2, 36), y, params)
    assert rate_accuracy(net.weights, moved, labels, params) == 1


def test_adam_takes_steps_of_the_given_size_and_stops():
    weights = [np.array([0.0, 0.0, 0.9])]
    adam = Adam(weights, bound=1.0, rate=0.2, steps=2)
    adam.step([np.array([1e-6, -3.0, -1.0])])
    assert weights[0] == pytest.approx([-0.1, 0.1, 1.0], rel=1e-4)  # half of 0.2; the bound
    before = weights[0].copy()
    adam.step([np.array([1.0, 1.0, 1.0])])
    assert (weights[0] == before).all()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"sizes": (16,)}, ValueError, "sizes must name at least two layers, not (16,)."),
        ({"sizes": (16, 0)}, ValueError, "every one of sizes must be at least 1, not 0"),
        ({"weight_bits": 1}, ValueError, "weight_bits must be in 2..8, not 1"),
        ({"weight_bits": 4.0}, TypeError, "weight_bits must be an integer in 2..8, not 4.0"),
        ({"threshold": 0}, ValueError, "threshold must be at least 1, not 0"),
        ({"window": 0.0042}, TypeError, "window must be an integer at least 1, not 0.0042"),
        ({"epochs": 0}, ValueError, "epochs must be at least 1, not 0"),
        ({"batch": -1}, ValueError, "batch must be at least 1, not -1"),
        ({"seed": -1}, ValueError, "seed must be at least 0, not -1"),
        ({"shift": -1}, ValueError, "shift must be at least 0, not -1"),
        ({"learning_rate": 0}, ValueError, "learning_rate must be above 0, not 0."),
        ({"sharpness": -1.0}, ValueError, "sharpness must be above 0, not -1.0."),
        ({"rate_max": float("inf")}, ValueError, "rate_max must be above 0, not inf."),
        ({"rate_min": 2e6}, ValueError, "rate_min must be at most rate_max, not 2000000.0."),
        ({"rate_min": -1.0}, ValueError, "rate_min must be at least 0, not -1.0."),
        ({"quiet": float("nan")}, ValueError, "quiet must be at least 0, not nan."),
        ({"input_noise": -0.1}, ValueError, "input_noise must be at least 0, not -0.1."),
        ({"hidden_noise": -2}, ValueError, "hidden_noise must be at least 0, not -2."),
        ({"validation": 1.0}, ValueError, "validation must be at least 0 and below 1, not 1.0."),
        (
            {"sizes": (15, 3), "shift": 1},
            ValueError,
            "shift must be 0 for 15 inputs that are no square image, and smaller than its "
            "side, not 1.",
        ),
        (
            {"shift": 4},
            ValueError,
            "shift must be 0 for 16 inputs that are no square image, and smaller than its "
            "side, not 4.",
        ),
    ],
)
def test_parameters_out_of_range_are_refused(change, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        replace(TINY, **change)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((3, 15)), [0, 1, 2], "x must have the shape (3, 16) for these labels and sizes, "
         "not (3, 15)."),
        (np.zeros((3, 16)), [0, 1], "x must have the shape (2, 16) for these labels and sizes, "
         "not (3, 16)."),
        (np.zeros((2, 16)), [0, 3], "y must hold at least one label, and only 0..2."),
        (np.zeros((2, 16)), [0, -1], "y must hold at least one label, and only 0..2."),
        (np.zeros((0, 16)), [], "y must hold at least one label, and only 0..2."),
    ],
)  # fmt: skip
def test_data_that_do_not_fit_are_refused(x, y, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        train(x.astype(np.uint8), np.array(y, int), TINY)


def test_holding_everything_back_is_refused():
    x, y = bars(4)
    with pytest.raises(
        ValueError, match=r"^validation must leave images to train on, but all 4 are held back\.$"
    ):
        train(x, y, replace(TINY, validation=0.99))


def test_the_shipped_network_was_made_with_the_defaults_and_knows_its_digits():
    net = load_network(ROOT / "nets" / "digits.npz")
    params = TrainParams()
    check_fits(net, params.sizes, params.weight_bits)
    assert net.meta["made_by"] == "goldspike train mubrain --seed 0"
    assert net.meta["data"] == "digits.npz"
    assert net.meta["rate_max"] == params.rate_max
    data = digits("test")
    assert rate_accuracy(net.weights, prepare(data.x), data.y, params) > 0.985

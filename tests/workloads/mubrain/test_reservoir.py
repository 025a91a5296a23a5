import re

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.files import save_npz
from goldspike.model.mubrain.chip import MUBRAIN_40NM, ChipModel, ChipParams
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.paths import ROOT
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.mubrain.encoding import EncodingParams, encode
from goldspike.workloads.mubrain.reservoir import load_reservoir, reservoir

NET = ROOT / "nets" / "mubrain_40nm.npz"
SMALL = ChipParams(
    sizes=(4, 4, 2), lateral=(Connectivity(neurons=4, synapses=6), None), bias=(False, True)
)


def test_drawn_weights_fit_the_chip():
    weights = reservoir(np.random.default_rng(1), SMALL)
    ChipModel(SMALL, weights)
    assert [matrix.shape for matrix in weights] == [(8, 4), (5, 2)]
    assert (weights[1][-1] < 0).all()


def test_the_shipped_reservoir_classifies_digits_and_its_recurrence_is_active():
    chip = ChipModel(MUBRAIN_40NM, load_reservoir(NET, MUBRAIN_40NM))
    images = digits("test")
    right = lateral = 0
    for k, grey in enumerate(prepare(images.x[:200])):
        run = chip.run(*encode(grey, EncodingParams(), k))
        right += run.answer.count == images.y[k]
        lateral += int((run.layers[0].arbiter.line >= 256).sum())
    assert right >= 0.93 * 200
    assert lateral > 200 * 500


def test_the_shipped_reservoir_is_the_drawn_one():
    drawn = reservoir(np.random.default_rng(1), MUBRAIN_40NM)[0]
    assert (load_reservoir(NET, MUBRAIN_40NM)[0] == drawn).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w2": np.zeros((4, 2), np.int8)}, "expected w2 as int8 of the shape (5, 2)."),
        ({"w2": np.zeros((5, 2), int)}, "expected w2 as int8 of the shape (5, 2)."),
        ({"w2": np.full((5, 2), 8, np.int8)}, "expected weights of 4 bits in w2."),
        ({"w1": np.ones((8, 4), np.int8)}, "expected zeros in w1 where there is no synapse."),
    ],
)
def test_a_file_that_does_not_fit_is_refused(change, message, tmp_path):
    path = tmp_path / "net.npz"
    weights = reservoir(np.random.default_rng(1), SMALL)
    save_npz(path, **{"w1": weights[0], "w2": weights[1], **change})
    with pytest.raises(InputError, match=re.escape(f"net.npz: {message}")):
        load_reservoir(path, SMALL)

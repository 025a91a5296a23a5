import numpy as np
import pytest

from goldspike.hdl.mubrain.arbiter import Arbiter
from goldspike.model.mubrain.arbiter import ArbiterModel, ArbiterParams, Policy


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("density", [0.05, 0.3])
def test_arbiter_equals_its_model(rtl, plain_records, policy, density):
    params = ArbiterParams(inputs=3, policy=policy)
    flips = np.random.default_rng(2).random((400, 3)) < density
    levels = np.logical_xor.accumulate(flips, axis=0)
    levels[-1] = False
    tick, line = np.nonzero(levels & ~np.vstack([np.zeros((1, 3), bool), levels[:-1]]))
    model = ArbiterModel(params).run(tick + 1, line, traced=True).trace
    assert len(tick) > 20
    assert rtl(Arbiter, params, spikes=levels @ [1, 2, 4]) == plain_records(model)

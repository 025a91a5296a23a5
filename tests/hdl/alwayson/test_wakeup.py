import numpy as np
import pytest

from goldspike.hdl.alwayson.wakeup import Wakeup
from goldspike.model.alwayson.wakeup import WakeupModel, WakeupParams

TICKS = 500


@pytest.mark.parametrize("lines", [1, 2, 5])
def test_wakeup_equals_its_model(rtl, changes, lines):
    params, rng = WakeupParams(lines=lines), np.random.default_rng(1)
    spikes = np.logical_xor.accumulate(rng.random((TICKS, lines)) < 0.2, axis=0)
    spikes[-4:] = False  # what is lost last shows for one tick
    taken, falls, sleep = (rng.random((TICKS, n)) < 0.1 for n in (lines, 1, 1))
    model, words = WakeupModel(params), []
    for k in range(TICKS):
        word = model.tick(spikes[k], falls=falls[k, 0], taken=taken[k], sleep=sleep[k, 0])
        words.append((int(word["pending"][0]), int(word["lost"][0]), *map(int, list(word[()])[2:])))
    assert model.lost > 10
    bits = 1 << np.arange(lines)
    levels = {"falls": falls[:, 0], "sleep": sleep[:, 0], "taken": taken @ bits}
    got = rtl(Wakeup, params, spikes=spikes @ bits, **levels)
    assert [(tick, *pending, *lost, *rest) for tick, pending, lost, *rest in got] == changes(words)

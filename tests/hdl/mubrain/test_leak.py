import numpy as np

from goldspike.hdl.mubrain.leak import Leak
from goldspike.model.mubrain.leak import LeakModel, LeakParams


def test_leak_equals_its_model(rtl, plain_records):
    params = LeakParams(period_bits=4)
    rng = np.random.default_rng(3)
    period = np.repeat(rng.choice([0, 2, 5, 13], 20), 20)
    event = rng.random(400) < 0.2
    clear = rng.random(400) < 0.05
    period[-1:], event[-1], clear[-1] = 0, False, False
    _, records = LeakModel(params).run(period, event, clear)
    assert rtl(Leak, params, period=period, in_event=event, clear=clear) == plain_records(records)

"""Resets fall where something is under way, however long a stimulus pauses."""

import numpy as np

from goldspike.cosim.bench.pauses import PAUSE, with_pauses
from goldspike.cosim.lockstep.replay import ALIKE, moving


def test_pauses_apart_every_row_may_be_met_by_a_reset() -> None:
    rows = np.zeros(60, [("tick", np.int64), ("step", np.uint8), ("lines", np.uint8, (3,))])
    rows["tick"] = np.arange(60)
    rows["step"][10:20] = 1  # alike, but no pause
    rows["lines"][30:40, 2] = np.arange(10)
    assert moving(rows).all()
    paused = with_pauses(rows, "step", "lines", count=2)
    assert paused.size == rows.size + 2 * (PAUSE - 1)
    met = paused["tick"][moving(paused)]
    assert met.size < rows.size
    assert np.isin([0, *range(PAUSE + 10, PAUSE + 20)], met).all()
    assert not moving(paused)[1:ALIKE].any()

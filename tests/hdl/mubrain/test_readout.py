import numpy as np
import pytest

from goldspike.hdl.mubrain.readout import Readout
from goldspike.model.mubrain.readout import ReadoutModel, ReadoutParams


def model(params, event, line):
    """Return the golden read-out's records; the sample was cleared on tick 1."""
    readout = ReadoutModel(params)
    time = event - 2  # the strobe rose one tick before it is seen
    return [
        (int(event[k]), *(int(x) for x in readout.record(time[: k + 1], line[: k + 1])))
        for k in range(event.size)
    ]


@pytest.mark.parametrize("classes", [1, 2, 5])
def test_readout_equals_its_model(rtl, classes):
    params = ReadoutParams(classes=classes)
    rng = np.random.default_rng(6)
    strobe = np.repeat(np.arange(121) % 2, np.append(2, rng.integers(1, 4, 120)))
    address = rng.integers(0, classes, strobe.size)
    clear = np.arange(strobe.size) == 0
    rises = np.flatnonzero(np.diff(strobe, prepend=0) == 1)
    one = np.ones(strobe.size, int)
    got = rtl(Readout, params, strobe=strobe, address=address, clear=clear, elapsed=one)
    assert got == model(params, rises + 1, address[rises])
    assert len(got) == 60

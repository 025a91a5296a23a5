import re

import numpy as np
import pytest

from goldspike.hdl.mubrain.sparse_memory import SparseMemory
from goldspike.hdl.verilog import to_verilog
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.mubrain.sparse_memory import (
    SparseMemoryModel,
    SparseMemoryParams,
    loading_order,
)


@pytest.mark.parametrize(("neurons", "synapses"), [(5, 0), (7, 15), (256, 19_622)])
def test_absent_synapses_have_no_register(neurons, synapses):
    lateral = Connectivity(neurons=neurons, synapses=synapses)
    text = to_verilog(SparseMemory(SparseMemoryParams(lateral=lateral)))
    rows = re.findall(r"^ +reg (?:\[(\d+):0\] )?row_\d+ ", text, re.MULTILINE)
    assert sum(int(high) + 1 for high in rows) == 4 * (neurons + synapses)


def test_sparse_memory_equals_its_model(rtl):
    params = SparseMemoryParams(lateral=Connectivity(neurons=4, synapses=7))
    rng = np.random.default_rng(2)
    matrix = rng.integers(-7, 8, (8, 4)) * params.mask
    stream = loading_order(matrix, params.mask)
    load = [True] * 11 + [False] * 9
    address = [0] * 12 + list(range(8))
    got = rtl(
        SparseMemory, params, load=load, weight=[*(stream & 15), *[9] * 9],
        read=[False] * 12 + [True] * 8, address=address,
    )  # fmt: skip
    model = SparseMemoryModel(params)
    model.shift_all(stream)
    assert got == [(13 + k, model.read(k)["word"].tolist()) for k in range(8)]

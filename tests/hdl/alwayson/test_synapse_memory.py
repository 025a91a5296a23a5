import numpy as np
import pytest

from goldspike.hdl.alwayson.synapse_memory import SynapseMemory
from goldspike.model.alwayson.synapse_memory import (
    Storage,
    SynapseMemoryModel,
    SynapseMemoryParams,
)

TICKS = 400


@pytest.mark.parametrize("storage", list(Storage))
@pytest.mark.parametrize("rows", [1, 3])
def test_memory_equals_its_model_from_zeros_on(rtl, storage, rows):
    params, rng = (
        SynapseMemoryParams(rows=rows, columns=4, storage=storage),
        np.random.default_rng(2),
    )
    work = rng.choice(3, TICKS)
    levels = {
        "read": work == 1,
        "write": work == 2,
        "row": rng.integers(0, rows, TICKS),
        "write_row": rng.integers(0, rows, TICKS),
        "write_word": rng.integers(0, 16, TICKS),
    }
    levels["write"][: TICKS // 4] = False
    model, expected = SynapseMemoryModel(params), []
    for k in range(TICKS):
        if levels["read"][k]:
            word = model.read(int(levels["row"][k]))["word"]
            expected.append((k + 1, word.tolist()))
        elif levels["write"][k]:
            word = levels["write_word"][k] >> np.arange(4) & 1 == 1
            model.write(int(levels["write_row"][k]), word)
    assert expected[0][1] == [0] and len({word for _, (word,) in expected}) > 8
    assert rtl(SynapseMemory, params, **levels) == expected

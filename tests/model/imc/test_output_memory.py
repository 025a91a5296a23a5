import numpy as np
import pytest

from goldspike.model.imc.output_memory import OutputMemoryModel, OutputMemoryParams


def word(number):
    return np.full(16, number, np.uint8)


def test_pixels_leave_in_order_from_the_next_timestep_on():
    memory = OutputMemoryModel(OutputMemoryParams(words=2, pixels=2))
    for k in range(4):
        assert memory.room > 0
        assert memory.tick(word(k), offer=False, ready=True) is None
    assert memory.room == 0 and not memory.valid
    assert memory.tick(None, offer=True, ready=True) is None
    out = [memory.tick(None, offer=False, ready=True) for _ in range(4)]
    assert [w[0] for w in out if w is not None] == [0, 1, 2, 3]
    assert memory.room == 0  # recounted when the next timestep begins
    memory.tick(None, offer=True, ready=False)
    assert memory.room == 2


def test_random_pressure_loses_nothing():
    rng = np.random.default_rng(1)
    memory = OutputMemoryModel(OutputMemoryParams(words=3, pixels=2))
    sent, got = 0, []
    for _ in range(3000):
        push = None
        if (memory.room > 0 or memory.entering) and rng.random() < 0.5:
            push, sent = word(sent % 251), sent + 1
        out = memory.tick(push, offer=rng.random() < 0.2, ready=rng.random() < 0.5)
        got += [] if out is None else [int(out[0])]
    assert len(got) > 300 and got == [k % 251 for k in range(len(got))]


def test_no_pixels_are_refused():
    with pytest.raises(ValueError, match=r"^pixels must be in 1\.\.4096, not 0$"):
        OutputMemoryParams(words=1, pixels=0)

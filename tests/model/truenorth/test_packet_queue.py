"""A queue against a list."""

import numpy as np
import pytest

from goldspike.model.truenorth.packet_queue import PacketQueueModel, PacketQueueParams


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_order_and_room(depth: int) -> None:
    rng = np.random.default_rng(depth)
    model = PacketQueueModel(PacketQueueParams(depth=depth, bits=16))
    sent, got = [], []
    for number in range(1, 2000):
        valid, ready = rng.random() < 0.6, rng.random() < 0.5
        held = len(sent) - len(got)
        pins = model.tick(in_valid=valid, in_data=number, out_ready=ready)
        assert pins["in_ready"] == (held < depth)
        assert pins["fill"] == held
        assert pins["out_data"] == (sent[len(got)] if held else 0)
        if pins["out_valid"] and ready:
            got.append(pins["out_data"])
        if valid and pins["in_ready"]:
            sent.append(number)
    assert got == sent[: len(got)]
    assert len(sent) - len(got) <= depth

"""Packets through a router and across a row of routers: where, when, how long at most."""

import numpy as np
import pytest

from goldspike.model.truenorth.router import (
    EAST,
    LOCAL,
    NORTH,
    SOUTH,
    WEST,
    RouterModel,
    RouterParams,
    pack,
    unpack,
)  # fmt: skip

Packet = tuple[int, ...]


def test_packets_as_numbers() -> None:
    for packet in ((-256, 255, 15, 255), (0, 0, 0, 0), (5, -1, 7, 130), (255, -256, 0, 1)):
        assert unpack(pack(*packet)) == packet
    assert pack(1, 0, 0, 0) == 1
    assert RouterParams().packet_bits == 30


@pytest.mark.parametrize(
    ("packet", "output", "after"),
    [
        ((3, 2, 1, 9), EAST, (2, 2, 1, 9)),
        ((-1, -2, 1, 9), WEST, (0, -2, 1, 9)),
        ((0, 4, 1, 9), NORTH, (0, 3, 1, 9)),
        ((0, -4, 1, 9), SOUTH, (0, -3, 1, 9)),
        ((0, 0, 1, 9), LOCAL, (0, 0, 1, 9)),
    ],
)
def test_x_before_y(packet: Packet, output: int, after: Packet) -> None:
    for port in range(5):
        model = RouterModel(RouterParams())
        arrivals: list[Packet | None] = [None] * 5
        arrivals[port] = packet
        model.tick(arrivals, [True] * 5)
        shown = model.shown()
        assert shown.pop(output) == after
        assert shown == [None] * 4


def test_nothing_is_lost_doubled_or_reordered_and_no_head_waits_long() -> None:
    rng = np.random.default_rng(7)
    model = RouterModel(RouterParams(depth=2))
    expected: dict[tuple[int, int], list[Packet]] = {}
    waited = np.zeros(5, int)
    for number in range(20_000):
        arrivals: list[Packet | None] = []
        for port in range(5):
            dx, dy = int(rng.integers(-1, 2)), int(rng.integers(-1, 2))
            sends = number < 15_000 and rng.random() < 0.7
            arrivals.append((dx, dy, port, number) if sends else None)
        ready, shown = model.ready(), model.shown()
        wants = model.chosen.copy()
        heads = [queue[0] if queue else None for queue in model.queues]
        leaves = model.tick(arrivals, (rng.random(5) < 0.8).tolist())
        for output in range(5):
            packet = shown[output]
            if leaves[output] and packet is not None:
                assert expected[packet[2], output].pop(0)[2:] == packet[2:]
                mine = wants[output]
                waited[mine] = 0
                for port, head in enumerate(heads):
                    if port != mine and head is not None and wanted_by(head) == output:
                        waited[port] += 1
        assert waited.max() <= 4
        for port, packet in enumerate(arrivals):
            if packet is not None and ready[port]:
                expected.setdefault((port, wanted_by(packet)), []).append(packet)
    assert not any(expected.values())


def wanted_by(packet: Packet) -> int:
    """Return the output that the rule of the papers gives."""
    dx, dy = packet[:2]
    if dx > 0:
        return EAST
    if dx < 0:
        return WEST
    return {1: NORTH, 0: LOCAL, -1: SOUTH}[dy]

"""How the router is driven."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.pins import side_by_side
from goldspike.cosim.bench.stimulus import LONG, rows_from_levels
from goldspike.model.truenorth.router import PORTS

__all__ = ["RouterStimulus"]

MOODS = (  # how likely a packet comes, and leaves; how many places it goes to
    (0.3, 0.7, 10), (1.0, 1.0, 10), (0.8, 0.3, 10), (1.0, 1.0, 1), (1.0, 0.5, 2), (0.05, 1.0, 10),
    (0.7, 0.9, 3),
)  # fmt: skip
NEAR = (  # two ways to every output
    (0, 0), (1, 0), (-1, 1), (0, 1), (0, -1), (1, -1), (-1, 0), (0, 2), (0, -2), (0, 0),
)  # fmt: skip
BLOCK = 200
"""Ticks of a mood."""
SINGLE = (*(1 << k for k in range(8)), *(-1 << k for k in range(9)))
"""Numbers of cores: each bit once without the others, so that a lost one is noticed."""
FAR = (*[0] * 9, *SINGLE, -255, 254, 255)


class RouterStimulus(Bench):
    """A step is a tick; every input is drawn on every tick, looked at or not."""

    steps = 5000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw all inputs: calm, full load, one output for all, in turns; then one to each.

        Between the two nothing leaves for long. Last, every input gets a packet for each of the
        single bits of dx, and of dy.
        """
        bits, ports = self.params.packet_bits, len(PORTS)
        moods = np.array(MOODS)[np.arange(steps) // BLOCK % len(MOODS)]
        wait = np.tile((0.9, 0, 10), (5 * LONG, 1))
        rest = np.tile((0, 1, 10), (5 * self.params.depth + 2, 1))
        sweep = np.tile([(1, 1, 10)] + [(0, 1, 10)] * ports, (2 * len(SINGLE), 1))
        moods = np.concatenate([[(0, 0, 10)], moods, wait, rest, [(1, 1, 10)], rest, sweep])
        count = len(moods)
        swept = np.arange(count - len(sweep), count, ports + 1)
        every = swept[0] - len(rest) - 1  # a tick on which all outputs get a packet
        near = rng.permutation(NEAR)
        place = rng.integers(0, moods[:, 2].astype(int)[:, None], (count, ports))
        dx, dy = np.moveaxis(near[(place + np.arange(count)[:, None] // BLOCK) % 10], -1, 0)
        dx[every], dy[every] = np.transpose(rng.permutation(NEAR[:ports]))
        far = rng.random((count, ports)) < 0.2
        far[every] = False
        dx, dy = (np.where(far, rng.choice(FAR, far.shape), d) for d in (dx, dy))
        dx[swept], dy[swept] = np.kron(np.eye(2, dtype=int), SINGLE)[:, :, None]
        rest_of_it = rng.integers(0, 1 << (bits - 18), (count, ports))
        data = (dx & 511) | (dy & 511) << 9 | rest_of_it << 18
        levels = {
            "in_valid": rng.random((count, ports)) < moods[:, :1],
            "in_data": side_by_side(data, bits),
            "out_ready": rng.random((count, ports)) < moods[:, 1:2],
        }
        return with_pauses(rows_from_levels(self, levels, whole=True), "in_valid")

"""Bench of the packet queue: packets that come and go at any pace, and nobody waits for anybody."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.pins import Pins, through
from goldspike.cosim.bench.stimulus import LONG, every_tick, longest, rows_from_levels
from goldspike.hdl.truenorth.packet_queue import PacketQueue
from goldspike.model.truenorth.packet_queue import PacketQueueModel, PacketQueueParams

__all__ = ["BENCH", "PacketQueueBench"]

MOODS = ((0.6, 0.5), (1.0, 0.2), (1.0, 1.0), (0.2, 1.0), (0.9, 0.9), (0.0, 0.5))
"""How likely a packet comes, and one that waits is taken."""
BLOCK = 50
"""Ticks of a mood."""
DEPTHS = (1, 2, 3, 4)


class PacketQueueBench(Bench):
    """A step is a tick; every input is drawn on every tick, looked at or not."""

    rtl = PacketQueue
    configs: ClassVar = {
        "4x30": PacketQueueParams(),
        "1x1": PacketQueueParams(depth=1, bits=1),
        "2x23": PacketQueueParams(depth=2, bits=23),
        "3x28": PacketQueueParams(depth=3, bits=28),
        "5x64": PacketQueueParams(depth=5, bits=64),
    }
    varied: ClassVar = {"depth": (*DEPTHS, 7, 8, 9), "bits": range(1, 65)}
    published = "4x30"
    checks = Checks(
        group="packet queue, router", gates="3x28", mutants=("3x28", "4x30"),
        synthesis="3x28", vectors=("3x28", 400),
    )  # fmt: skip
    steps = 3000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw all inputs; fill and empty the queue in turns; let what is in it wait for long."""
        odds = np.array(MOODS)[np.arange(steps) // BLOCK % len(MOODS)]
        wait = np.tile((0.9, 0), (5 * LONG, 1))
        rest = np.tile((0, 1), (self.params.depth + 2, 1))
        odds = np.concatenate([np.zeros((1, 2)), odds, wait, rest])
        valid, ready = (rng.random(odds.shape) < odds).T
        data = rng.random((len(odds), self.params.bits)) < 0.5
        levels = {"in_valid": valid, "in_data": data, "out_ready": ready}
        return with_pauses(rows_from_levels(self, levels), "in_valid")

    def follow(self, rows: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return the inputs of every tick, and what the golden model shows."""
        model, filled = PacketQueueModel(self.params), every_tick(rows, 1)
        shown = [
            model.tick(
                in_valid=bool(row["in_valid"]), in_data=int(row["in_data"]),
                out_ready=bool(row["out_ready"]),
            )
            for row in filled
        ]  # fmt: skip
        return filled, {k: np.array([pins[k] for pins in shown], np.uint64) for k in shown[0]}

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Note what was there after every tick on which a packet came or went."""
        filled, shown = self.follow(rows)
        comes = (filled["in_valid"] == 1) & (shown["in_ready"] == 1)
        goes = (filled["out_ready"] == 1) & (shown["out_valid"] == 1)
        changed = np.flatnonzero((comes | goes)[:-1])
        records: Any = np.zeros(changed.size, self.layout.record_dtype)
        records["tick"] = filled["tick"][changed]
        records["fill"], records["head"] = (shown[k][changed + 1] for k in ("fill", "out_data"))
        return records

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Take the golden model's pins."""
        rest = {"in_ready": 1}
        return {k: through(pin, rest.get(k, 0)) for k, pin in self.follow(rows)[1].items()}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count comings and goings at every fill."""
        filled, shown = self.follow(rows)
        fill, comes, goes = shown["fill"], filled["in_valid"] == 1, filled["out_ready"] == 1
        bins = {
            f"{at}, {a}, {b}": (fill == at) & (comes == bool(a)) & (goes == bool(b))
            for at in range(self.params.depth + 1)
            for a, b in ((0, 0), (0, 1), (1, 0), (1, 1))
        }
        found = {f"fill, offered, taken: {name}": hit.sum() for name, hit in bins.items()}
        return found | {"a packet waits for long": int(longest((fill > 0) & ~goes) >= LONG)}


BENCH = PacketQueueBench

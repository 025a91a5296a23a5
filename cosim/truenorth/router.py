"""Bench of the router: packets from everywhere to everywhere, on any tick, taken or not."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.pins import Pins, side_by_side, through
from goldspike.cosim.bench.stimulus import LONG, every_tick, get_lines, longest, rows_from_levels
from goldspike.cosim.truenorth.packet_queue import DEPTHS
from goldspike.hdl.truenorth.router import Router
from goldspike.model.truenorth.router import PORTS, RouterModel, RouterParams, pack, unpack

__all__ = ["BENCH", "RouterBench", "packets_of"]

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
AXON_BITS = (1, 6, 8, 9)


def packets_of(rows: np.ndarray, name: str, count: int, bits: int) -> np.ndarray:
    """Return the bundle `name` as packets, int64 (rows, count)."""
    lines = get_lines(rows, name, count * bits).reshape(len(rows), count, bits)
    return lines @ (1 << np.arange(bits, dtype=np.int64))


class RouterBench(Bench):
    """A step is a tick; every input is drawn on every tick, looked at or not."""

    rtl = Router
    configs: ClassVar = {
        "4x8": RouterParams(),
        "1x1": RouterParams(depth=1, axon_bits=1),
        "2x6": RouterParams(depth=2, axon_bits=6),
        "3x9": RouterParams(depth=3, axon_bits=9),
    }
    varied: ClassVar = {"depth": (*DEPTHS, 6), "axon_bits": AXON_BITS}
    published = "4x8"
    checks = Checks(
        group="packet queue, router", gates="1x1", mutants=("1x1", "2x6"), synthesis="1x1",
        vectors=("2x6", 300), random=1,
        # what the core gets has arrived, so its dx and dy are 0, the first lines of the bundle
        alike=("out_data",),
        exclusions=(
            Exclusion("bits", r"Router\.out_data\[(\d|1[0-7])\]", "dx and dy of what has arrived"),
        ),
    )  # fmt: skip
    shown = "2x6"
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

    @once
    def follow(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return what the golden model shows on every tick, and its state as that begins."""
        model, filled = RouterModel(self.params), every_tick(rows, 1)
        valid = get_lines(filled, "in_valid", 5)
        ready = get_lines(filled, "out_ready", 5).tolist()
        offered = packets_of(filled, "in_data", 5, self.params.packet_bits)
        shown: dict[str, list] = {}
        for k in range(filled.size):
            heads = [pack(*queue[0]) if queue else 0 for queue in model.queues]
            packets = model.shown()
            state = {
                "fill": [len(queue) for queue in model.queues],
                "head": heads,
                "sent_last": model.sent_last.tolist(),
                "chosen": model.chosen.tolist(),
                "in_ready": model.ready(),
                "out_valid": [packet is not None for packet in packets],
                "out_data": [pack(*packet) if packet else 0 for packet in packets],
            }
            arrivals = [
                unpack(int(offered[k, port])) if valid[k, port] else None for port in range(5)
            ]
            state["leaves"] = model.tick(arrivals, ready[k])
            for name, values in state.items():
                shown.setdefault(name, []).append(values)
        return {name: np.array(values) for name, values in shown.items()}

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Note every tick on which a queue holds a packet."""
        shown = self.follow(rows)
        busy = np.flatnonzero(shown["fill"].any(axis=1))
        records: Any = np.zeros(busy.size, self.layout.record_dtype)
        records["tick"] = busy + 1
        for field in self.layout.fields:
            records[field.name] = shown[field.name][busy]
        return records

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Take the golden model's pins."""
        shown = self.follow(rows)
        return {
            "in_ready": through(shown["in_ready"], 1),
            "out_valid": through(shown["out_valid"]),
            "out_data": through(side_by_side(shown["out_data"], self.params.packet_bits)),
            "busy": through(shown["fill"].any(axis=1)),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count packets from every input to every output, ties, waits, and far ways to go."""
        shown, filled = self.follow(rows), every_tick(rows, 1)
        chosen, leaves = shown["chosen"], shown["leaves"]
        offered = get_lines(filled, "in_valid", 5)
        ready = get_lines(filled, "out_ready", 5)
        dx = (shown["head"] & 511) - ((shown["head"] >> 8 & 1) << 9)
        dy = (shown["head"] >> 9 & 511) - ((shown["head"] >> 17 & 1) << 9)
        filled_up = shown["fill"] == self.params.depth
        bins = {
            f"{a} to {b}": (leaves[:, k] & (chosen[:, k] == source)).sum()
            for source, a in enumerate(PORTS)
            for k, b in enumerate(PORTS)
        }
        for k, name in enumerate(PORTS):
            bins[f"{name} refuses"] = (offered & filled_up)[:, k].sum()
            bins[f"{name} is not taken"] = (shown["out_valid"] & ~ready)[:, k].sum()
            for source, last in enumerate(PORTS):
                here = leaves[:, k] & (shown["sent_last"][:, k] == source)
                bins[f"{name} after {last}"] = here.sum()
        same = np.diff(chosen, axis=0) != 0
        bins["what is shown changes before it is taken"] = (
            same & (chosen[:-1] >= 0) & (chosen[1:] >= 0) & ~leaves[:-1]
        ).sum()
        bins["all inputs want one output"] = (
            (shown["fill"] > 0).all(axis=1) & (shown["out_valid"].sum(axis=1) == 1)
        ).sum()
        bins["all outputs send"] = leaves.all(axis=1).sum()
        waits = (shown["out_valid"] & ~ready).T
        bins["a packet waits for long"] = max(map(longest, waits)) >= LONG
        for name, hit in {"dx": dx, "dy": dy}.items():
            bins[f"{name} lowest"], bins[f"{name} largest"] = (
                (hit == -256).sum(),
                (hit == 255).sum(),
            )
        return bins


BENCH = RouterBench

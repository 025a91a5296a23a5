"""Bench of the router: packets from everywhere to everywhere, on any tick, taken or not."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Pins, side_by_side, through
from goldspike.cosim.bench.stimulus import LONG, every_tick, get_lines, longest
from goldspike.cosim.truenorth.packet_queue import DEPTHS
from goldspike.cosim.truenorth.stimuli.router import RouterStimulus
from goldspike.hdl.truenorth.router import Router
from goldspike.model.truenorth.router import PORTS, RouterModel, RouterParams, pack, unpack

__all__ = ["BENCH", "RouterBench", "packets_of"]

AXON_BITS = (1, 6, 8, 9)


def packets_of(rows: np.ndarray, name: str, count: int, bits: int) -> np.ndarray:
    """Return the bundle `name` as packets, int64 (rows, count)."""
    lines = get_lines(rows, name, count * bits).reshape(len(rows), count, bits)
    return lines @ (1 << np.arange(bits, dtype=np.int64))


class RouterBench(RouterStimulus):
    """Queues of one packet to four."""

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

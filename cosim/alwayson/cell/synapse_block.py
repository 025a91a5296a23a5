"""Bench of the synapse block in ``cell``: wake-up, handshakes and spikes, to the picosecond."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.alwayson.cell.stimuli.synapse_block import PINS, SynapseBlockStimulus
from goldspike.cosim.alwayson.shared.handshakes import check_handshakes
from goldspike.cosim.alwayson.shared.power_pins import power_pins
from goldspike.cosim.alwayson.shared.scanned import Scanned
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Course, at, taken_up
from goldspike.cosim.bench.stimulus import edges, every_tick, get_lines, up
from goldspike.hdl.alwayson.cell.synapse_block import SynapseBlock
from goldspike.model.alwayson.synapse_arbiter import Policy, Spkgen
from goldspike.model.alwayson.synapse_block import (
    SynapseBlockModel,
    SynapseBlockParams,
    SynapseSettings,
)
from goldspike.model.timing.power_gate import PowerGateParams, PowerState
from goldspike.model.trace import TraceLayout

__all__ = ["BENCH", "SynapseBlockBench"]

POWER = PowerGateParams(wake=90, settle=400)


class SynapseBlockBench(SynapseBlockStimulus):
    """Small blocks of either policy, with power that is slow or fast."""

    rtl = SynapseBlock
    configs: ClassVar = {
        "3x5": SynapseBlockParams(
            rows=3, columns=5, policy=Policy.ROUND_ROBIN, power=POWER, length_bits=12,
            divide_bits=3, settings=SynapseSettings(length=405),
        ),
        "5x3-fast": SynapseBlockParams(
            rows=5, columns=3, length_bits=12, divide_bits=2,
            power=PowerGateParams(wake=60, reset=20, isolate=30, settle=240),
            settings=SynapseSettings(length=405),
        ),
    }  # fmt: skip
    varied: ClassVar = {
        "rows": range(1, 6), "columns": range(1, 6), "policy": tuple(Policy),
        "power.wake": (10, 90, 200), "power.reset": (0, 20), "power.isolate": (0, 50),
        "power.settle": (10, 400), "settings.length": range(255, 800, 10),
        "settings.divide": range(1, 4),
    }  # fmt: skip
    published = "3x5"

    @property
    def layout(self) -> TraceLayout:
        """The layout of the circuit's trace word: that of ``tick``."""
        return self.params.trace

    @once
    def filled(self, rows: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return what was seen on every picosecond, and until the block sleeps."""
        period = 2 * int((1 << self.params.length_bits) - 1)
        every = every_tick(rows, 4 * period)
        levels: dict[str, Any] = {name: every[name] for name in PINS}
        levels["request"] = get_lines(every, "request", self.params.rows)
        return self.strobes(levels)

    @once
    def scanned(self, rows: np.ndarray) -> Scanned:
        """Return what the scan chain holds."""
        _, pins = self.filled(rows)
        return Scanned(self.params.scan_chain, pins["scan"], pins["scan_in"])

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Let the golden block run on what was seen."""
        request, pins = self.filled(rows)
        return SynapseBlockModel(self.params).run(request, **pins).records

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Take the records as they are."""
        return records

    def check(self, records: np.ndarray) -> None:
        """Check what holds in any run."""
        check_handshakes(records, self.params.rows)

    def launched(self, rows: np.ndarray, records: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return which columns get spikes, and the weights: bool (records, columns)."""
        n = self.params.columns
        idle = self.scanned(rows).after(records["tick"], "idle")
        up = (records["spkgen"] == Spkgen.ST2) & records["ack"].astype(bool).reshape(
            records.size, -1
        ).any(axis=1)
        return up[:, None] & (np.arange(n) < n - idle[:, None]), get_lines(records, "weights", n)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, Course]:
        """Follow the registers; spikes are up in St2, plus where the weight is 1."""
        tick, power = expected["tick"], expected["power"]
        shown, weights = self.launched(rows, expected)
        since, bits = self.scanned(rows).out
        return {
            "ack": taken_up(tick, expected["ack_seen"]),
            "plus": taken_up(tick, shown & weights),
            "minus": taken_up(tick, shown & ~weights),
            "clock": taken_up(tick, expected["clock"]),
            **power_pins(self.params.power, tick, power[:, None], taken_up),
            "scan_out": (np.maximum(since - 1, 0), bits),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Ways to wake and to sleep; what is served."""
        n = self.params.rows
        asked, _ = edges(rows, "request", n)
        known = np.concatenate([np.zeros(1, records.dtype), records])
        before = known[np.searchsorted(records["tick"], asked, side="left")]
        ack = get_lines(records, "ack", n)
        last = np.vstack([np.zeros_like(ack[:1]), ack[:-1]])
        shown, weights = self.launched(rows, records)
        seen = get_lines(records, "ack_seen", n)
        forgot = np.append(False, (seen[:-1] & ~seen[1:]).any(axis=1))
        bins: dict[str, Any] = {
            "wake-ups from rest": before["power"] == PowerState.OFF,
            "a request while the block works": before["power"] == PowerState.ON,
            "power off": np.diff(records["power"].astype(int)) == -PowerState.GOING_OFF,
            "spikes +": shown & weights,
            "spikes -": shown & ~weights,
            "every row is granted": (ack & ~last).sum(axis=0).min(),
            "an Ack seen falls with a clear": np.isin(records["tick"][forgot], up(rows, "clear")),
        }
        if n > 1:
            bins["from Ack to Ack"] = (ack & ~last).any(axis=1) & last.any(axis=1)
            bins["several wait"] = get_lines(records, "request_seen", n).sum(axis=1) > 1
        if n > 1 and self.params.policy is Policy.ROUND_ROBIN:
            following = taken_up(records["tick"], records["following"])
            clears = edges(rows, "clear", 1)[0]
            bins["a clear of where round robin looks"] = at(following, clears - 1) != 0
        return {name: int(np.sum(hits)) for name, hits in bins.items()}


BENCH = SynapseBlockBench

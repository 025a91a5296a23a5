"""Bench of a synapse block: neurons that keep the handshake, whatever the ratio of the clocks."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.neuron import POWER_VARIED, SLOW
from goldspike.cosim.alwayson.shared.handshakes import check_handshakes, met, rarest
from goldspike.cosim.alwayson.shared.power_pins import power_pins
from goldspike.cosim.alwayson.shared.scanned import Scanned
from goldspike.cosim.alwayson.stimuli.synapse_block import (
    MOST_COVERED,
    PINS,
    RATIOS,
    SynapseBlockStimulus,
)
from goldspike.cosim.bench.bench import Bench, Choose
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Pins, at, held, through
from goldspike.cosim.bench.stimulus import edges, every_tick, get_lines, up
from goldspike.hdl.alwayson.synapse_block import SynapseBlock
from goldspike.model.alwayson.synapse_arbiter import Policy, Spkgen
from goldspike.model.alwayson.synapse_block import SynapseBlockModel, SynapseBlockParams, SynapseRun
from goldspike.model.alwayson.synapse_memory import Storage
from goldspike.model.timing.power_gate import PowerState

__all__ = ["BENCH", "SynapseBlockBench"]


def ratio(k: int) -> SynapseBlockParams:
    """Return a small block of one policy and storage, or of the others."""
    policy, storage = list(Policy)[k % 2], list(Storage)[k % 2]
    return SynapseBlockParams(rows=3, columns=5, policy=policy, storage=storage)


class SynapseBlockBench(SynapseBlockStimulus):
    """Blocks of any shape, with both policies and storages, at every ratio of the clocks."""

    rtl = SynapseBlock
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {
        "128x128": SynapseBlockParams(),
        "128x128-round": SynapseBlockParams(policy=Policy.ROUND_ROBIN, storage=Storage.MEMORY),
        "1x1": SynapseBlockParams(rows=1, columns=1, length_bits=3, divide_bits=2),
        "3x5": SynapseBlockParams(rows=3, columns=5, policy=Policy.ROUND_ROBIN),
        "5x3": SynapseBlockParams(rows=5, columns=3, length_bits=3, divide_bits=3),
        "5x3-slow-power": SynapseBlockParams(
            rows=5, columns=3, policy=Policy.ROUND_ROBIN, storage=Storage.MEMORY, power=SLOW
        ),
        **{name: ratio(k) for k, name in enumerate(RATIOS)},
    }
    published = "128x128"
    checks = Checks(
        group="synapse block",
        assembled=True,
        gates="1x1",
        mutants=("5x3",),
        synthesis="3x5",
        slow=("128x128", "128x128-round", "62-134"),
        random=1,
    )
    shown = "5x3"

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a small block whose clock is slow enough to wake in."""
        power = {name: choose(choices) for name, choices in POWER_VARIED.items()}
        waking = power["power.wake"] + power["power.reset"]
        length_bits = choose(range(waking.bit_length(), waking.bit_length() + 3))
        divide_bits = choose(range(1, 4))
        columns = choose(range(1, 10))
        return {
            "rows": choose(range(1, 10)),
            "columns": columns,
            "policy": choose(tuple(Policy)),
            "storage": choose(tuple(Storage)),
            **power,
            "length_bits": length_bits,
            "divide_bits": divide_bits,
            "settings.length": choose(range(waking, min(waking + 9, 1 << length_bits))),
            "settings.divide": choose(range(1, min(5, 1 << divide_bits))),
            "settings.idle": choose(range(columns)),
        }

    @once
    def shifted(self, rows: np.ndarray) -> Scanned:
        """Return what the scan chain holds."""
        filled = every_tick(rows)
        return Scanned(self.params.scan_chain, filled["scan"], filled["scan_in"])

    @once
    def run_model(self, rows: np.ndarray) -> SynapseRun:
        """Run the golden model on what was seen at the pins, and until the block sleeps."""
        params, shifted = self.params, self.shifted(rows)
        length, divide = (shifted.after(rows["tick"][-1], name) for name in ("length", "divide"))
        filled = every_tick(rows, min(24 * int(length * divide), 1 << 16) + 40)
        pins = {name: filled[name] == 1 for name in PINS}
        return SynapseBlockModel(params).run(get_lines(filled, "request", params.rows), **pins)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Let the golden block run on what was seen."""
        return self.run_model(rows).records

    def check(self, records: np.ndarray) -> None:
        """Check what holds in any run."""
        check_handshakes(records, self.params.rows)

    def launched(self, rows: np.ndarray, records: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return which columns get spikes, and the weights: bool (records, columns)."""
        n = self.params.columns
        idle = self.shifted(rows).after(records["tick"], "idle")
        up = (records["spkgen"] == Spkgen.ST2) & records["ack"].any(axis=1)
        shown = up[:, None] & (np.arange(n) < n - idle[:, None])
        return shown, get_lines(records, "weights", n)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the registers; spikes are up in St2, plus where the weight is 1."""
        tick, power = expected["tick"], expected["power"]
        shown, weights = self.launched(rows, expected)
        return {
            "ack": held(tick, expected["ack_seen"]),
            "plus": held(tick, shown & weights),
            "minus": held(tick, shown & ~weights),
            "clock": held(tick, expected["clock"]),
            **power_pins(self.params.power, tick, power[:, None], held),
            "scan_out": self.shifted(rows).out,
            "busy": through(self.run_model(rows).busy),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Ways to wake and to sleep; what is served; what the scan chain and clears meet."""
        params, tick, n = self.params, records["tick"], self.params.rows

        def before(name: str, ticks: np.ndarray) -> np.ndarray:
            return at(held(tick, records[name]), ticks)

        asked, _ = edges(rows, "request", n)
        state, gated = before("power", asked), before("gated", asked) == 1
        enabled = before("clock_enable", asked) == 1
        ack = get_lines(records, "ack", n)
        last = np.vstack([np.zeros_like(ack[:1]), ack[:-1]])
        grants = ack & ~last
        loads, clears = up(rows, "load"), up(rows, "clear")
        clock_rises = edges(rows, "neuron_clock", 1)[0]
        wakes = asked[(state == PowerState.OFF) & ~enabled]
        shown, weights = self.launched(rows, records)
        idle = self.shifted(rows).after(tick[grants.any(axis=1)], "idle")
        loaded = np.bincount(self.shifted(rows).after(loads - 1, "row"), minlength=n)
        bins: dict[str, Any] = {
            "wake-ups from rest": wakes.size,
            "power off and on again": np.unique(wakes).size - 1,
            "spikes of both signs": min((shown & weights).sum(), (shown & ~weights).sum()),
            "an Ack seen falls with a clear": before("ack_seen", clears) != 0,
            "the neurons' clock rises while the block rests": before("power", clock_rises)
            == PowerState.OFF,
            "scan and load on one tick": np.intersect1d(loads, up(rows, "scan")).size,
            "every row is loaded": loaded.min(),
            "every column is used": idle == 0,
        }
        neuron, own = self.clocks
        if neuron + params.clock(own).period <= 10:  # else it is a matter of luck
            bins["back on while going off"] = state == PowerState.GOING_OFF
        if n > 1:
            phases = self.phases(rows, records)
            bins |= {name: rarest(hits) for name, hits in phases.items()}
            bins["a request after sleep, with the last pulse still up"] = ~enabled & gated
            bins["from Ack to Ack"] = grants.any(axis=1) & last.any(axis=1)
            bins["several wait"] = get_lines(records, "request_seen", n).sum(axis=1) > 1
        if n <= MOST_COVERED:
            bins["every row is granted"] = grants.sum(axis=0).min()
        if params.columns > 1:
            bins["idle columns"] = idle > 0
            bins["one column is used"] = idle == params.columns - 1
        if n > 1 and params.policy is Policy.ROUND_ROBIN:
            bins["a clear of where round robin looks"] = before("following", clears) != 0
        return {name: int(np.count_nonzero(hits) if np.ndim(hits) else hits)
                for name, hits in bins.items()}  # fmt: skip

    def phases(self, rows: np.ndarray, records: np.ndarray) -> dict[str, np.ndarray]:
        """Return how often the other side met each tick of a clock's period.

        Where the neurons' clock is the slower one, Ack follows its edges at a fixed distance.
        """
        neuron, own = self.clocks
        period, shifted = self.params.clock(own).period, self.shifted(rows)
        asked, _ = edges(rows, "request", self.params.rows)
        length, divide = (shifted.after(asked, name) for name in ("length", "divide"))
        asked = asked[2 * length * divide == period]

        def rises(name: str) -> np.ndarray:
            return records["tick"][np.diff(records[name].astype(int), prepend=0) > 0]

        found = {"a request at every phase of the clock": met(asked - 1, rises("clock"), period)}
        if neuron <= period:
            edge = edges(rows, "neuron_clock", 1)[0]
            granted = records["tick"][np.diff(records["served"].astype(int), prepend=0) != 0]
            found["an Ack at every phase of the neurons' clock"] = met(granted, edge, neuron)
        return found


BENCH = SynapseBlockBench

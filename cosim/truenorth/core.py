"""Bench of the core: every pin, every event, every write-back and draw, of cores with any image."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Pins, through
from goldspike.cosim.bench.stimulus import LONG, every_tick, longest
from goldspike.cosim.truenorth.shared.core_records import core_records
from goldspike.cosim.truenorth.stimuli.core import INPUTS, LOADS, CoreStimulus
from goldspike.hdl.truenorth.core import Core
from goldspike.model.errors import LockstepError
from goldspike.model.truenorth.core import COLUMNS, CoreParams, simulate
from goldspike.model.truenorth.neuron import NeuronParams
from goldspike.model.truenorth.token_controller import State

__all__ = ["BENCH", "CoreBench"]

PINS = ("out_valid", "out_dx", "out_dy", "out_slot", "out_axon", "busy", "merged", "slot")
REST = 2
"""Ticks behind the last row that are followed."""


class CoreBench(CoreStimulus):
    """Cores of one neuron to 256, one of them with narrow fields."""

    rtl = Core
    configs: ClassVar = {
        "40x24": CoreParams(axons=40, neurons=24),
        "one": CoreParams(axons=1, neurons=1),
        "5x3": CoreParams(axons=5, neurons=3),
        "256x256": CoreParams(),
        "narrow": CoreParams(
            axons=9, neurons=4,
            neuron=NeuronParams(potential_bits=12, weight_bits=5, threshold_bits=8),
        ),
    }  # fmt: skip
    varied: ClassVar = {"axons": (1, 2, 5, 16, 17, 40, 70), "neurons": (1, 2, 3, 8, 24)}
    published = "256x256"
    checks = Checks(
        group="core", assembled=True, gates="5x3", mutants=("5x3",), synthesis="5x3", joined=True,
        slow=("256x256",), random=1, vectors=("5x3", 600), at_rest=LOADS,
    )  # fmt: skip
    shown = "5x3"

    @once
    def follow(self, rows: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
        """Run what was seen; return every tick's inputs, what it shows, and the active axons."""
        filled = every_tick(rows, REST)
        pins_in, loaded = self.driven(filled)
        out = np.zeros((filled.size, len(COLUMNS)), np.int64)
        active = np.zeros((int(filled["sync"].sum()), self.params.axons), np.uint8)
        steps = simulate(self.fresh(), pins_in, loaded, out, active)
        shown: dict[str, np.ndarray] = dict(zip(COLUMNS, out.T, strict=True))
        return (filled, shown, active[:steps])

    def expect(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Run what was seen."""
        filled, shown, active = self.follow(rows)
        begins = (filled["sync"] == 1) & (filled["clear"] == 0) & (shown["busy"] == 0)
        return core_records(self.params, filled["tick"], shown, begins, active)

    def split(self, records: np.ndarray) -> dict[str, np.ndarray]:
        """Split the core's word into its parts."""
        return {name: layout.select(records, name) for name, layout in self.params.parts}

    def check(self, records: dict[str, np.ndarray]) -> None:
        """Make sure that a step takes 1 + 2 * neurons + events + stalls ticks."""
        token = records["controller"]
        ends = (token["fire"] == 1) & (token["stall"] == 0)
        ends &= token["neuron"] == self.params.neurons - 1
        work = np.cumsum(token["integrate"].astype(np.int64) + token["stall"])[ends]
        over, begun = token["tick"][ends], records["active"]["tick"]
        ticks = over - begun[: over.size] + 1
        wanted = self.params.controller.ticks(0) + np.diff(work, prepend=0)
        if begun.size - over.size > 1 or (ticks != wanted).any():
            raise LockstepError("a step takes other ticks than its events and stalls ask for")

    def forbidden(self, rows: np.ndarray, expected: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Ask that nothing is loaded while the core is busy."""
        filled, shown, _ = self.follow(rows)
        loads = np.any([filled[name] == 1 for name in LOADS], axis=0)
        return {"loaded while busy": filled["tick"][loads & (shown["busy"] == 1)]}

    def pins(self, rows: np.ndarray, expected: dict[str, np.ndarray]) -> Pins:
        """Take the golden model's pins; numbers of cores are two's complement."""
        _, shown, _ = self.follow(rows)
        return {name: through(shown[name] & 511 if name in ("out_dx", "out_dy") else shown[name])
                for name in PINS}  # fmt: skip

    def coverage(self, rows: np.ndarray, records: dict[str, np.ndarray]) -> dict[str, int]:
        """Count what came while the core was busy, merges, waits, ends of the range, draws."""
        filled, shown, active = self.follow(rows)
        up = {name: filled[name] == 1 for name in INPUTS}
        on = {name: values == 1 for name, values in shown.items()}
        busy, top = on["busy"], self.params.neuron.top
        begins = ~busy & up["sync"] & ~up["clear"]
        drew, written = np.diff(shown["prng"], append=0) != 0, on["write_back"]
        bins = {
            "a step begins on the tick after a step": (begins[1:] & busy[:-1]).sum(),
            "sync and clear at rest": (~busy & up["sync"] & up["clear"]).sum(),
            "a step without active axons": (~active.any(axis=1)).sum(),
            "a spike that merges": on["merged"].sum(),
            "a spike on the tick of a clear": (~busy & up["clear"] & up["spike_valid"]).sum(),
            "a spike for the slot that a sync takes": (
                begins & up["spike_valid"] & (filled["spike_slot"] == shown["slot"])
            ).sum(),
            "a spike while busy": (busy & up["spike_valid"]).sum(),
            "a spike waits for two ticks": (on["stall"][1:] & on["stall"][:-1]).sum(),
            "a spike waits for long": longest(on["stall"]) >= LONG,
            "a neuron that fires and sends nowhere": (
                written & on["fired"] & ~on["out_valid"]
            ).sum(),
            "a neuron without events": (
                written[1:] & (shown["state"][:-1] == State.FETCH)
            ).sum(),
            "the largest potential": (written & (shown["potential"] == top)).sum(),
            "the least potential": (written & (shown["potential"] == -top - 1)).sum(),
            "a draw for a weight": (on["integrate"] & drew).sum(),
            "a draw with a write-back": (written & drew).sum(),
            "a draw that waits with its spike": (
                on["stall"][:-1] & written[1:] & drew[1:]
            ).sum(),
        }  # fmt: skip
        for name in State:
            state = shown["state"] == name
            for control in ("sync", "clear"):
                bins[f"{control} in {name.name.lower()}"] = (state & up[control]).sum()
        for name in LOADS:
            bins[f"{name} after a step"] = up[name][np.cumsum(begins) > 1].sum()
            bins[f"{name} on the tick of a sync"] = (begins & up[name]).sum()
            bins[f"{name} on the tick of a clear"] = (~busy & up["clear"] & up[name]).sum()
        return bins


BENCH = CoreBench

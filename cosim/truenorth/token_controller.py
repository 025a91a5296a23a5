"""Bench of the token controller: steps and clears at any moment, events and stalls on any tick."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.pins import Pins, through
from goldspike.cosim.bench.stimulus import LONG, every_tick, get_lines, longest, rows_from_levels
from goldspike.hdl.truenorth.token_controller import TokenController
from goldspike.model.truenorth.token_controller import (
    State,
    TokenControllerModel,
    TokenControllerParams,
)

__all__ = ["BENCH", "TokenControllerBench"]

MOODS = ((0.4, 0.02, 0.5, 0.5), (0.05, 0.3, 0.5, 0.5), (0.5, 0.01, 1.0, 0.1), (1.0, 0.0, 0.3, 1.0))
"""How likely `sync`, `clear`, `send` and `out_ready` are up, in four parts of a run."""
QUIET = (0.0, 0.0, 0.0, 1.0)
WAIT = (0.4, 0.0, 1.0, 0.0)
SIZES = {"axons": (1, 2, 5, 16, 17, 33, 40, 70), "neurons": range(1, 12)}


class TokenControllerBench(Bench):
    """A step is a tick; every input is drawn on every tick, looked at or not."""

    rtl = TokenController
    configs: ClassVar = {
        "256x256": TokenControllerParams(),
        "one": TokenControllerParams(axons=1, neurons=1),
        "5x3": TokenControllerParams(axons=5, neurons=3),
        "40x24": TokenControllerParams(axons=40, neurons=24),
    }
    varied: ClassVar = SIZES
    published = "256x256"
    checks = Checks(
        group="core", gates="5x3", mutants=("5x3", "40x24"), random=1,
        exclusions=(
            Exclusion(
                "bits", r"TokenController\.left_0\[0\]",
                "axon 0 comes before all others, so it is never left",
            ),
        ),
    )  # fmt: skip
    shown = "5x3"
    steps = 8000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw few events for most neurons, and all axons now and then.

        Before the first step, and for long, a spike is sent that is nobody's. At the end one waits
        for long.
        """
        axons, drain = self.params.axons, 2 * self.params.neurons + self.params.axons + 2
        wait = np.tile(WAIT, (5 * LONG + drain, 1))
        odds = np.array(MOODS)[np.arange(steps) * len(MOODS) // steps]
        odds = np.concatenate([[QUIET], odds, wait, np.tile(QUIET, (drain, 1))])
        names = ("sync", "clear", "send", "out_ready")
        levels: dict[str, Any] = dict(zip(names, (rng.random(odds.shape) < odds).T, strict=True))
        levels["send"][0] = levels["sync"][1] = levels["clear"][1] = True
        counts = rng.choice([0, 1, 2, 4, axons], len(odds), p=[0.3, 0.3, 0.2, 0.18, 0.02])
        counts[-drain:] = 0
        levels["events"] = rng.random((len(odds), axons)) < counts[:, None] / axons
        return with_pauses(rows_from_levels(self, levels, whole=True), "sync", "clear")

    @once
    def follow(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return what the golden model shows on every tick."""
        model, filled = TokenControllerModel(self.params), every_tick(rows, self.idle)
        lines = get_lines(filled, "events", self.params.axons)
        shown = []
        for row, events in zip(filled, lines, strict=True):
            state = int(model.state)
            pins = model.tick(
                sync=bool(row["sync"]), clear=bool(row["clear"]),
                events=set(np.flatnonzero(events).tolist()),
                send=bool(row["send"]), out_ready=bool(row["out_ready"]),
            )  # fmt: skip
            shown.append(pins | {"state": state})
        columns = {name: np.array([pins[name] for pins in shown]) for name in shown[0]}
        return columns

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Note every busy tick."""
        shown = self.follow(rows)
        busy = np.flatnonzero(shown["busy"])
        records: Any = np.zeros(busy.size, self.layout.record_dtype)
        records["tick"] = busy + 1
        for field in self.layout.fields:
            records[field.name] = shown[field.name][busy]
        return records

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Take the golden model's pins."""
        return {name: through(values) for name, values in self.follow(rows).items()}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count controls in every state, whole steps, stalls at once and for long, every axon."""
        shown, filled = self.follow(rows), every_tick(rows, self.idle)
        up = {name: filled[name] == 1 for name in ("sync", "clear", "send", "out_ready")}
        on = {name: values == 1 for name, values in shown.items()}
        state, stall = shown["state"], on["stall"]
        ends = on["write_back"] & (shown["neuron"] == self.params.neurons - 1)
        both = up["sync"] & up["clear"] & ~on["busy"]
        bins = {
            "sync and clear at rest": both.sum(),
            "a step is over": ends.sum(),
            "a sync on the tick after a step": (ends[:-1] & up["sync"][1:]).sum(),
            "a neuron without events": (on["first"] & on["fire"]).sum(),
            "its spike waits": (on["first"] & stall).sum(),
            "a spike waits for two ticks": (stall[:-1] & stall[1:]).sum(),
            "a spike waits for long": longest(stall) >= LONG,
            "a spike waits that no event is left for": (stall & ~on["first"]).sum(),
            "none waits that is not sent": (on["fire"] & ~up["send"] & ~up["out_ready"]).sum(),
            "erased": on["erase"].sum(),
            "events on all axons": (np.bincount(
                np.cumsum(on["fetch"]), on["integrate"]) == self.params.axons).sum(),
        }  # fmt: skip
        for name in State:
            for control in ("sync", "clear"):
                bins[f"{control} in {name.name.lower()}"] = (up[control] & (state == name)).sum()
        axons = np.bincount(shown["axon"][on["integrate"]], minlength=self.params.axons)
        bins["every axon"] = axons.min()
        return bins


BENCH = TokenControllerBench

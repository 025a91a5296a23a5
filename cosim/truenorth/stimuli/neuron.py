"""How the neuron is driven."""

from typing import Any

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.pins import side_by_side
from goldspike.cosim.bench.stimulus import get_lines, rows_from_levels
from goldspike.model.truenorth.neuron import leaked, sampled

__all__ = ["NeuronStimulus"]

SIGNED = ("weight", "leak", "reset")
Numbers = dict[str, np.ndarray]


class NeuronStimulus(Bench):
    """A step is a tick; constants and all other inputs are drawn on every tick."""

    steps = 8000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw all, then move potentials, draws and thresholds to where it matters."""
        params = self.params
        drawn = {name: self.number(rng, name, width, steps) for name, width in params.fields}
        drawn["mask"] = rng.integers(0, params.threshold_bits + 1, steps)
        top = params.top
        low = 1 << (params.weight_bits - 1)
        around = rng.integers(-low, low + 1, steps)
        beside = rng.integers(-1, 2, steps) << rng.integers(0, params.weight_bits, steps)
        sides = [
            rng.integers(-top - 1, top + 1, steps),
            rng.choice([-top - 1, -low, 0, low, top], steps) + around,
            rng.choice([-1, 1], steps) << rng.integers(0, params.potential_bits - 1, steps),
            rng.choice([-1, 1], steps) * drawn["leak"] + beside,  # the leak ends at 0, or a bit off
        ]
        kind = rng.choice(4, steps, p=[0.2, 0.5, 0.15, 0.15])
        potential = np.clip(np.choose(kind, sides), -top - 1, top)
        potential[rng.random(steps) < 0.05] = 0
        first = rng.random(steps) < 0.6
        work = rng.choice([0, 1, 2], steps, p=[0.1, 0.45, 0.45])
        first[-1] = work[-1] = 0
        levels: dict[str, Any] = {
            "potential": potential, "first": first, "integrate": work == 1, "fire": work == 2,
            "axon_type": rng.integers(0, 4, steps),
        }  # fmt: skip
        for name in ("draw_first", "draw_second"):
            levels[name] = rng.integers(0, 1 << params.draw_bits, steps)
        self.aim_draws(rng, drawn, levels)
        self.aim_thresholds(rng, drawn, levels)
        levels["potential"] &= 2 * top + 1
        lines = [side_by_side(drawn[name][:, None], width) for name, width in params.fields]
        rows = rows_from_levels(self, levels | {"fields": np.concatenate(lines, axis=1)})
        return with_pauses(rows, "first", "integrate", "fire", count=5)

    def number(self, rng: np.random.Generator, name: str, width: int, count: int) -> np.ndarray:
        """Return values of a constant, its ends more often than others."""
        low = -(1 << (width - 1)) if name.startswith(SIGNED) else 0
        ends = rng.choice([low, 0, 1, low + (1 << width) - 1], count)
        any_ = rng.integers(low, low + (1 << width), count)
        return np.where(rng.random(count) < 0.2, ends, any_)

    def aim_draws(self, rng: np.random.Generator, drawn: Numbers, levels: Numbers) -> None:
        """Let half of the draws be just what decides about a weight or leak, or one beside it."""
        steps, bits = len(levels["first"]), self.params.weight_bits - 1
        weight = np.choose(levels["axon_type"], [drawn[f"weight_{k}"] for k in range(4)])
        size = np.abs(np.where(levels["integrate"], weight, drawn["leak"]))
        aimed = np.clip(size + rng.integers(-1, 2, steps), 0, (1 << bits) - 1)
        above = levels["draw_first"] >> bits << bits
        chosen = rng.random(steps) < 0.5
        levels["draw_first"] = np.where(chosen, above | aimed, levels["draw_first"])

    def aim_thresholds(self, rng: np.random.Generator, drawn: Numbers, levels: Numbers) -> None:
        """Put a threshold just where the potential is after the leak, or one beside it."""
        most = (1 << self.params.threshold_bits) - 1
        for k in np.flatnonzero(levels["fire"] & levels["first"]):
            fields = {name: int(values[k]) for name, values in drawn.items()}
            pins = {name: int(values[k]) for name, values in levels.items()}
            after, eta = self.leak(fields, pins, pins["potential"]), self.eta(fields, pins)
            beside = int(rng.integers(-1, 2))
            for name, aimed in (
                ("alpha", after - eta + beside),
                ("beta", beside - after - (0 if fields["kappa"] else eta)),
            ):
                if 0 <= aimed <= most and rng.random() < 0.7:
                    drawn[name][k] = aimed

    def leak(self, fields: dict[str, int], pins: dict[str, int], potential: int) -> int:
        """Return the potential after the leak."""
        leak = fields["leak"]
        if fields["stochastic_leak"]:
            leak = sampled(leak, self.short(pins["draw_first"]))
        return leaked(potential, leak, fields["reversal"], self.params.top)

    def short(self, draw: Any) -> Any:
        """Return the bits of a draw that a weight or leak is compared with."""
        return draw & ((1 << (self.params.weight_bits - 1)) - 1)

    def eta(self, fields: dict[str, int], pins: dict[str, int]) -> int:
        """Return what is drawn for the thresholds."""
        draw = pins["draw_second" if fields["stochastic_leak"] else "draw_first"]
        return draw & ((1 << fields["mask"]) - 1)

    def constants(self, filled: np.ndarray) -> Numbers:
        """Return the constants on every tick, by name."""
        lines, found, place = get_lines(filled, "fields", self.params.field_bits), {}, 0
        for name, width in self.params.fields:
            values = lines[:, place : place + width] @ (1 << np.arange(width))
            if name.startswith(SIGNED):
                values -= values >> (width - 1) << width
            found[name], place = values, place + width
        return found

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Return the ticks that ask for an event and for the end."""
        both = (rows["integrate"] & rows["fire"]) == 1
        beyond = self.constants(rows)["mask"] > self.params.threshold_bits
        return {
            "integrate and fire do not come together": rows["tick"][both],
            "no mask beyond the threshold's bits": rows["tick"][beyond],
        }

"""How the core's memory is driven, and the bins that a run must hit."""

from typing import Any

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels

__all__ = ["CoreSramStimulus"]


class CoreSramStimulus(Bench):
    """A step is a tick; first all is loaded, since a reset leaves the memory as it is."""

    steps = 3000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Load all, read and write all; then read, write and load some rows more than others."""
        params = self.params
        ticks = 2 * params.neurons + steps
        k = np.arange(ticks)
        first, second = k < params.neurons, k // params.neurons == 1
        recent = np.where(second, k % params.neurons, k * params.neurons // ticks)
        levels: dict[str, Any] = {}
        for name in ("read_neuron", "write_neuron", "load_neuron"):
            anything = rng.integers(0, params.neurons, ticks)
            levels[name] = np.where(second | (rng.random(ticks) < 0.5), recent, anything)
        levels["load_neuron"] = np.where(first, k, levels["load_neuron"])
        work = np.where(second, 1, rng.choice([0, 1, 2], ticks, p=[0.3, 0.5, 0.2]))
        levels["load"], levels["write"] = first | (work == 2), ~first & (work == 1)
        levels["read"] = second | (~first & (rng.random(ticks) < 0.7))
        levels["read"][-1] = levels["load"][-1] = levels["write"][-1] = 0
        levels["load_types"] = (k == 0) | (rng.random(ticks) < 0.05)
        bits = {"load_row": params.row_bits, "types": 2 * params.axons}
        for name, width in bits.items():
            ones = rng.choice([0.0, 0.5, 0.5, 1.0], ticks)
            levels[name] = rng.random((ticks, width)) < ones[:, None]
        levels["potential"] = rng.integers(0, 1 << params.neuron.potential_bits, ticks)
        levels["axon"] = rng.integers(0, params.axons, ticks)
        rows = rows_from_levels(self, levels)
        return with_pauses(rows, "read", "write", "load", "load_types", count=5)

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Return the ticks that name what there is not, or store twice."""
        beyond = rows["axon"] >= self.params.axons
        for name in ("read", "write", "load"):
            beyond |= (rows[name] == 1) & (rows[f"{name}_neuron"] >= self.params.neurons)
        return {
            "no axon and no neuron beyond the last": rows["tick"][beyond],
            "write and load do not come together": rows["tick"][
                (rows["write"] & rows["load"]) == 1
            ],
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count accesses to every row, reads of what is stored on the same tick, bits both ways."""
        params, filled = self.params, every_tick(rows)
        up_ = {name: filled[name] == 1 for name in ("read", "write", "load", "load_types")}
        number = {name: filled[f"{name}_neuron"] for name in ("read", "write", "load")}
        lines = np.unpackbits(records["row"], axis=1, bitorder="little")[:, : params.row_bits]
        bins = {
            "every bit is 1": lines.sum(axis=0).min(),
            "every bit is 0": (1 - lines).sum(axis=0).min(),
            "every axon": np.bincount(filled["axon"], minlength=params.axons).min(),
            "types": up_["load_types"].sum(),
            "types without a load": (up_["load_types"] & ~up_["load"]).sum(),
            "nothing": (~up_["read"] & ~up_["write"] & ~up_["load"]).sum(),
        }
        for name, places in number.items():
            hits = np.bincount(places[up_[name]], minlength=params.neurons)
            bins[f"every row in {name}"] = hits.min()
        for name in ("write", "load"):
            both = up_["read"] & up_[name]
            same = number["read"] == number[name]
            bins[f"a read of what a {name} changes"] = (both & same).sum()
            bins[f"a read on the tick after such a {name}"] = (
                up_[name][:-1] & up_["read"][1:] & (number["read"][1:] == number[name][:-1])
            ).sum()
            if params.neurons > 1:
                bins[f"a read beside a {name}"] = (both & ~same).sum()
        return bins

"""How the wake-up circuit is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels

__all__ = ["WakeupStimulus"]


class WakeupStimulus(Bench):
    """A step is a tick; spikes, falling edges, takes and sleep come with changing chances."""

    steps = 3000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Flip every input with a chance that changes every fifty ticks."""
        n = self.params.lines

        def draw(width: int, *chances: float) -> np.ndarray:
            chance = np.repeat(rng.choice(chances, -(-steps // 50)), 50)[:steps, None]
            return rng.random((steps, width)) < chance

        quiet = np.arange(steps)[:, None] < steps - 3  # what is lost last shows for one tick
        last = np.arange(steps)[:, None] == steps - 3  # on which the circuit goes to rest
        toggles = draw(n, 0.05 / n, 0.3, 0.7) & quiet
        return rows_from_levels(
            self,
            {
                "spikes": np.logical_xor.accumulate(toggles, axis=0),
                "falls": (draw(1, 0.1, 0.5) & quiet)[:, 0],
                "taken": (draw(n, 0.02, 0.3, 1.0) & quiet) | last,
                "sleep": ((draw(1, 0.02, 0.2) & quiet) | last)[:, 0],
            },
        )

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Each edge against each flip-flop, and the ties."""
        every = every_tick(rows)
        spikes = get_lines(every, "spikes", self.params.lines)
        edge = spikes & ~np.vstack([np.zeros_like(spikes[:1]), spikes[:-1]])
        taken = get_lines(every, "taken", self.params.lines)
        lost = get_lines(records, "lost", self.params.lines)
        falls, sleep = every["falls"] == 1, every["sleep"] == 1
        known = np.concatenate([np.zeros(1, records.dtype), records])
        before = known[np.searchsorted(records["tick"], every["tick"], side="left")]
        after = known[np.searchsorted(records["tick"], every["tick"], side="right")]
        pending = get_lines(before, "pending", self.params.lines)
        enable, ungate = before["clock_enable"] == 1, before["clock_ungate"] == 1
        asleep = sleep & enable
        bins = {
            "a spike is caught": (edge & ~pending).any(axis=1),
            "a spike is lost": lost.any(axis=1),
            "a spike on the tick on which the one before is taken": (edge & pending & taken).any(1),
            "a spike on the tick of a falling edge": edge.any(axis=1) & falls & ~enable,
            "a spike on the tick of sleep": edge.any(axis=1) & asleep,
            "sleep with nothing pending": asleep & (after["clock_enable"] == 0),
            "sleep with a spike left": asleep & (after["clock_enable"] == 1),
            "the first falling edge": falls & enable & ~ungate,
            "a second falling edge": falls & ungate,
            "a falling edge on the tick of sleep": falls & asleep,
            "a falling edge at rest": falls & ~enable,
        }
        if self.params.lines > 1:
            bins["two spikes at once"] = edge.sum(axis=1) > 1
        return {name: hits.sum() for name, hits in bins.items()}

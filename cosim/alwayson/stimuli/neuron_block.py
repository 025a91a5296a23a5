"""How a neuron block is driven."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.alwayson.shared.held_lines import hold
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.parameters import is_change
from goldspike.cosim.bench.pins import at, common, held
from goldspike.cosim.bench.stimulus import edges, get_lines, rows_from_levels, spans, up
from goldspike.model.alwayson.neuron_block import (
    NeuronBlockModel,
    NeuronBlockParams,
    Responder,
    Settings,
    clears,
    spikes,
)

__all__ = ["FIGURES", "NeuronBlockStimulus", "others"]

NOISE_TICKS = 50
"""Ticks for which the scan chain's input stays as it is where nothing is shifted."""
FIGURES = {"fig-3a": "3A", "fig-3b": "3B", "fig-3c": "3C"}


class NeuronBlockStimulus(Bench):
    """A step is a spike, or a volley to all neurons.

    The run begins with the scan chain; half-way the potentials are reset. Acknowledgements are
    those of a responder that waits for random times.
    """

    scanned: ClassVar = {
        "hidden-5-34": Settings(length=17, threshold=2),
        "input-3-140": Settings(length=14, divide=5),
        "hidden-3-18": Settings(length=3, divide=3, threshold=3),
        "hidden-4-slow-power": Settings(length=5, threshold=2),
    }
    steps = 2500
    clears_at_work: ClassVar[bool] = True
    """Whether potentials are reset while neurons are awake, too."""

    @property
    def settings(self) -> Settings:
        """What a run scans in."""
        if is_change(self.config):
            return others(self.params)
        default = self.params.settings if self.config in FIGURES else Settings(threshold=2)
        return self.scanned.get(self.config, default)

    @property
    def clock(self) -> tuple[int, int]:
        """Low and high phase of the clock in a run."""
        clock = self.params.clock(self.settings)
        return clock.low_phase, clock.period - clock.low_phase

    def edge_ticks(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Return which lines rise on which tick: bool (ticks, 2, neurons).

        Per neuron: gaps within a wake-up, around its end, and beyond it; and volleys to all.
        """
        n, period = self.params.neurons, sum(self.clock)
        each = max(-(-steps // n), 10 * period)  # every phase of a long period is to be met
        work = 4 * period + self.params.neuron.power.going_off
        volleys = np.cumsum(rng.integers(work, 4 * work, max(2, each // 2)))
        rising = np.zeros((int(volleys[-1] + work), 2, n), bool)
        for k in range(n):
            kinds = [
                rng.integers(2, 2 * period + 3, each),
                rng.integers(3 * period, work + 2 * period, each),
                rng.integers(work, 5 * work, each),
            ]
            ticks = np.cumsum(rng.permuted(np.array(kinds), axis=0)[0])
            ticks = ticks[ticks < len(rising)]
            line = (rng.random(ticks.size) < 0.35).astype(int)
            rising[ticks, line, k] = True
            rising[ticks, 1 - line, k] |= rng.random(ticks.size) < 0.1
        rising[volleys] |= rng.random((volleys.size, 2, n)) < 0.45
        rising[1:] &= ~rising[:-1]  # a low between two highs
        return rising

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Scan, spike, scan the same again and meanwhile reset the potentials, spike again.

        Potentials are reset at other times, too; acknowledgements follow the model's requests. Some
        spikes before the second scan stay up until it is over.
        """
        period = sum(self.clock)
        halves = [self.edge_ticks(rng, steps // 2) for _ in range(2)]
        n = self.params.neurons
        responder = Responder(
            rng.integers(1, 4 * period, 61), rng.integers(1, 5 * period, 67)
        )  # fmt: skip
        rest = 100 * period
        bits = self.params.scanned(self.settings)
        begin = len(bits) + 4
        model = NeuronBlockModel(self.params, self.settings)
        rising = [np.zeros((begin, 2, n), bool)]
        answered = []
        cleared: list[int] = []
        for half in halves:
            tick, line, neuron = np.nonzero(half)
            start = sum(len(part) for part in rising)
            chance = 0.05 / period if self.clears_at_work else 0
            now_and_then = start + 1 + np.flatnonzero(rng.random(len(half)) < chance)
            cleared += now_and_then.tolist()
            arrive = spikes(tick + start + 1, neuron, line)
            done = model.run(np.concatenate([arrive, clears(now_and_then)]), responder=responder)
            answered.append(done.acks)
            rising += [half, np.zeros((max(0, done.ticks - start - len(half)) + rest, 2, n), bool)]
            cleared.append(start + len(half) + len(rising[-1]) - len(bits) // 2 - 2)
            model.state.fsm.potential[:] = 0
        levels = np.concatenate(rising)
        held = rng.random(levels.shape) < 0.3
        held[:-1] &= ~levels[1:]
        levels[1:] |= levels[:-1] & held[1:] & ~np.roll(levels, -1, axis=0)[1:]
        count = len(levels)
        clear, scan = np.zeros(count, bool), np.zeros(count, bool)
        clear[np.array(cleared) - 1] = True
        scan_in = np.repeat(rng.random(-(-count // NOISE_TICKS)) < 0.5, NOISE_TICKS)[:count]
        again = begin + len(halves[0]) + len(rising[2]) - len(bits) - 2
        for line in range(2):
            hold(levels[:, line, line:], again, again + len(bits))
        for first in (1, again):
            scan[first : first + len(bits)] = True
            scan_in[first : first + len(bits)] = bits
        return rows_from_levels(
            self,
            {
                "plus": levels[:, 0], "minus": levels[:, 1], "clear": clear, "scan": scan,
                "scan_in": scan_in, "ack": ack_levels(np.concatenate(answered), count, n),
            },
        )  # fmt: skip

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that the scan chain holds still while anything is under way."""
        scan = up(rows, "scan")
        place = np.searchsorted(rows["tick"], scan, side="right") - 1
        acked = get_lines(rows, "ack", self.params.neurons).any(axis=1)[place]  # pyright: ignore
        return {
            "the chain is shifted while nothing is awake": common(scan, self.works(rows, expected)),
            "the chain is shifted while no Ack is up": scan[acked],
        }

    def works(self, rows: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Return the ticks on which a neuron is awake, powered or clocked, or the clock runs."""
        seen = expected.view(self.params.record_dtype)
        tick, neurons = seen["tick"], seen["neurons"]
        works = (neurons["clock_enable"] | neurons["gated"] | neurons["power"]) > 0
        ticks = np.arange(1, max(int(rows["tick"][-1]), int(tick[-1])) + 2)
        falls = tick[np.diff(seen["clock"].astype(int), prepend=0) < 0]
        spikes = [edges(rows, name, self.params.neurons)[0] for name in ("plus", "minus")]
        awake = ticks[at(held(tick, works.any(axis=1)), ticks) == 1]
        return np.concatenate([awake, spans(falls - sum(self.clock) + 1, falls), *spikes])


def others(params: NeuronBlockParams) -> Settings:
    """Return settings other than those after reset, as far as there is room."""
    after, most = params.settings, params.oscillator
    return Settings(
        length=min(after.length + 1, most.low),
        divide=min(after.divide + 1, most.divide),
        threshold=(after.threshold + 1) % (params.neuron.fsm.highest + 1),
    )


def ack_levels(answers: np.ndarray, count: int, neurons: int) -> np.ndarray:
    """Return Ack on ticks 1..count out of its changes."""
    change = np.zeros((count, neurons), bool)
    change[answers["tick"] - 1, answers["neuron"]] = True
    return np.logical_xor.accumulate(change, axis=0)

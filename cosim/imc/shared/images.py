"""Images that pass a chain or an array, as a stimulus: stalls, loads and rests among them."""

from typing import Any

import numpy as np

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.imc.shared.reloads import Reload
from goldspike.model.imc.chain import Weights

__all__ = ["Images"]

PATIENCE = 10
"""Drains of the array within which the model takes a pixel, or is stuck."""
RELOADS = 0.3
"""Ticks, of those on which some part may be loaded, on which some are."""
BREAKS = 0.1
"""Timesteps that are broken off; others are while an answer is worked out."""


class Images:
    """What every tick drives, from reset on, and the golden model that answers it.

    Parameters
    ----------
    bench : ChainBench
    rng : numpy.random.Generator
    weights : Weights
        Loaded first of all, but for an empty timestep: one begins at once after any reset.
    reload : Reload
        What loads other numbers, whatever goes on.

    Attributes
    ----------
    ticks : list of dict
    """

    def __init__(
        self, bench: Any, rng: np.random.Generator, weights: Weights, reload: Reload
    ) -> None:
        self.bench, self.rng, self.weights, self.reload = bench, rng, weights, reload
        self.timestep = bench.params.timestep
        self.followed = bench.followed()
        self.model = self.followed.model
        self.ticks: list[dict] = []
        self.stall, self.due_change = False, 0
        for _ in range(self.timestep):
            self.tick()
        self.load(bench.loading(weights))

    def tick(
        self, word: np.ndarray | None = None, *, run: bool = True, stall: bool = False,
        reloads: bool = False, loads: dict[str, int] | None = None,
    ) -> bool:  # fmt: skip
        """Drive a tick; return whether its word is taken."""
        self.followed.begin(run=run)
        if reloads and self.rng.random() < RELOADS:
            may = self.followed.begins.loadable(self.model)
            loads = self.reload.some(self.rng, np.array([may] * 2))
        loads = loads or {}
        self.ticks.append({**self.bench.row(word), "run": int(run), "stall": int(stall), **loads})
        return self.followed.tick(word, run=run, stall=stall, **loads)

    def send(
        self, words: np.ndarray, *, mood: float = 1.0, stalls: bool = False, reloads: bool = False
    ) -> None:
        """Send an image, uint8 (pixels, words, word_bytes).

        Parameters
        ----------
        mood : float
            How likely pixels come in a timestep.
        stalls : bool
            Whether answers are taken at times only; it changes on any tick, and on the more of them
            while an answer is worked out.
        reloads : bool
            Whether parts are loaded on the way.
        """
        rng, model, timestep = self.rng, self.model, self.timestep
        waiting, idle = [*words.reshape(-1, words.shape[2])], 0
        while waiting:
            idle += 1
            if idle > PATIENCE * self.bench.drain:
                raise LockstepError(f"no pixel is taken for {idle} timesteps")
            due = self.bench.per_step * words.shape[1] if rng.random() < mood else 0
            change = self.next_change() if stalls else -1
            ends = self.next_end()
            tick = 0
            while tick < timestep * (1 + (ends < timestep)):
                answers = model.now < model.free
                if 0 < tick < ends and answers and rng.random() < BREAKS / 4:
                    ends = tick
                self.stall ^= tick == change
                wavers = stalls and answers and rng.random() < 0.5
                word = waiting[0] if due and waiting else None  # nothing is taken at rest
                if self.tick(word, run=tick < ends, stall=self.stall ^ wavers, reloads=reloads):
                    waiting.pop(0)
                    due, idle = due - 1, 0
                tick += 1

    def next_end(self) -> int:
        """Return how many ticks a timestep has before it is broken off, if it is."""
        breaks = self.rng.random() < BREAKS
        return int(self.rng.integers(1, self.timestep)) if breaks else self.timestep

    def next_change(self) -> int:
        """Return the tick of a timestep on which stalls begin or end; -1: none.

        Rather a late one, as answers to what is taken then are worked out in the next timestep.
        """
        self.due_change -= 1
        if self.due_change > 0:
            return -1
        self.due_change = int(self.rng.integers(1, 40))
        return int(self.rng.integers(0, self.timestep, 2).max())

    def empty(self) -> None:
        """Let timesteps go by without a pixel, until everything has left.

        Where they are broken off, in the end one part alone is busy.
        """
        self.stall = False
        for _ in range(self.bench.drain):
            ends = self.next_end()
            for tick in range(self.timestep * (1 + (ends < self.timestep))):
                self.tick(run=tick < ends)

    def rest(self, ticks: int = 1) -> None:
        """Begin no timestep."""
        for _ in range(ticks):
            self.tick(run=False)

    def load(self, ticks: list[dict[str, int]]) -> None:
        """Load at rest."""
        self.rest()
        for loads in ticks:
            self.tick(run=False, loads=loads)
        self.rest()

    def load_all(self) -> None:
        """Load all parts at once, at rest, with pixels and stalls that change nothing."""
        rng, size = self.rng, self.bench.params.word_bits // 8
        self.rest()
        self.reload.begin_again()
        while self.reload.due.any():
            loads = self.reload.some(rng, self.reload.due > 0)
            word = rng.integers(0, 256, size).astype(np.uint8) if rng.random() < 0.5 else None
            self.tick(word, run=False, stall=rng.random() < 0.5, loads=loads)

    def late(self, wanted: int) -> None:
        """Begin a timestep while one core alone is at work; all has left the array before.

        Pixels come one at a time and go from core to core before the next one. Where the wanted
        core is never alone, as another is always as slow, it is any moment of as few as possible.
        When that is, an array shows that is new: it takes as long as one that is empty.
        """
        layer, model = self.bench.layers[0].layer, self.bench.make_model(self.weights)
        shape = (layer.height, layer.width, layer.channels)
        words = self.bench.words(self.rng.integers(-128, 128, shape).astype(np.int8))
        last = dict[tuple[int, ...], int]()  # the last tick on which some cores are at work
        offered = list[bool]()
        for pixel in words:
            waiting = [*pixel]
            for _ in range((len(model.cores) + 2) * self.timestep):
                offered.append(bool(waiting))
                if model.tick(waiting[0] if waiting else None, run=True):
                    waiting.pop(0)
                works = (k for k, core in enumerate(model.cores) if not core.controller.standby)
                last[*works] = len(offered)
            if (wanted,) in last:
                break
        del last[()]
        end = last.get((wanted,), last[min(last, key=len)])
        given, taken = words.reshape(-1, words.shape[2]), 0
        for offers, run in [*((offer, True) for offer in offered[: end - 2]), (False, False)]:
            taken += self.tick(given[taken] if offers else None, run=run)
        for _ in range(self.timestep):
            taken += self.tick(given[taken] if taken % words.shape[1] else None)

"""Around a chain: who sends it images, takes answers when it likes, and loads other numbers."""

from collections import deque
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.environment import Drive, Environment, Partner
from goldspike.cosim.bench.partners import Link, driven, sender, whims, words
from goldspike.cosim.imc.chain import ChainBench
from goldspike.model.errors import LockstepError

__all__ = ["ENVIRONMENT", "ChainEnvironment"]

IMAGES = 12
FAVOUR = 1 << 20
"""The bias of a class that is above all scores of others, whatever the weights."""


class Answers:
    """The account of images: each has one answer, after all of it was taken.

    It is the class that the biases favour which were loaded last before it was worked out.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.words = self.answers = 0
        self.due: int | None = None  # no class is favoured before the first of these loads

    @property
    def moves(self) -> int:
        """Words that were taken, and answers."""
        return self.words + self.answers

    @property
    def open(self) -> str:
        """Images that are not taken or not answered."""
        whole = self.words == IMAGES * self.size and self.answers == IMAGES
        return (
            "" if whole else f"{self.words} of {IMAGES * self.size} words, {self.answers} answers"
        )

    def enter(self, word: int) -> None:
        """Note a word that was taken."""
        self.words += 1

    def answer(self, answer: int) -> None:
        """Note an answer.

        Raises
        ------
        LockstepError
            If its image was not taken, or if another class is due.
        """
        if self.due not in (None, answer):
            raise LockstepError(f"answer {self.answers} is class {answer}, not {self.due}")
        self.answers += 1
        if self.answers * self.size > self.words:
            raise LockstepError(f"answer {self.answers} comes after {self.words} words, "
                                f"of {self.size} an image")  # fmt: skip


class ChainEnvironment(Environment):
    """Every image has its answer, however long the chain has to wait with it.

    Loads drop what was loaded before, and no image. Cores have other numbers at rest and at the
    beginning of timesteps; their images' values are the golden model's matter. The last layer's
    biases come while a stall keeps answers from being worked out, and say what all answers from
    then on have to be.
    """

    params: Any
    controls: ClassVar = ("program_weight", "program_scale")
    bench: ClassVar[type[ChainBench]] = ChainBench
    """Knows how a network is loaded, and how an image is cut into words."""
    configs: ClassVar = ("residual", "parallel", "stalling")

    def meet(self) -> list[Partner]:
        """Open the account of images."""
        params, rng, bits = self.params, self.rng, self.params.word_bits
        self.patience = 60 * params.timestep
        self.loads = self.bench("loaded", params)
        layer = self.loads.layers[0].layer
        blank = self.loads.words(np.zeros((layer.height, layer.width, layer.channels), np.int8))
        size = blank.shape[0] * blank.shape[1]
        self.answers, self.stalled = Answers(size), 0
        self.accounts.append(self.answers)
        given, noise = words(rng, IMAGES * size, bits), words(rng, 1 << 20, bits)
        self.reload, self.biases = self.loads.reload(rng), deque[int]()
        source = Link("in_valid", "in_word", "in_ready", bits)
        pixels = sender(
            source, given, whims(rng), self.answers.enter, noise, together=blank.shape[1]
        )
        return [self.runs(), self.watch(), pixels]

    def runs(self) -> Partner:
        """Load a network, then let timesteps follow each other; take no answers at times.

        A timestep that is broken off goes on by itself: nothing is lost if the next one waits for
        its end.
        """
        timestep = self.params.timestep
        runs_for, cycle, since = 10 * timestep, 0, timestep  # ticks of this timestep
        willing = whims(self.rng, ticks=10 * timestep)
        yield {}
        yield from driven(self.loads.loading(self.loads.draw(self.rng)))
        yield {}
        while True:
            stalls = not next(willing) or bool(self.biases)
            self.stalled = self.stalled + 1 if stalls else 0
            since = 0 if runs_for > 0 and cycle == 0 else since + 1
            cycle = (cycle + 1) % timestep if runs_for > 0 else 0
            yield {"run": runs_for > 0, "stall": stalls, **self.some_loads(since)}
            runs_for -= 1
            if runs_for == -timestep:
                runs_for = int(self.rng.integers(1, 20 * timestep))

    def some_loads(self, since: int) -> Drive:
        """Return what is loaded on a tick, so many after a timestep's first one; nothing at times.

        The last layer answers nothing any more when a stall has lasted for as long as an answer
        takes; it lasts on until all its biases have come.
        """
        params, rng = self.params, self.rng
        waits = self.stalled > params.fully_connected.ticks
        if waits and not self.biases and rng.random() < 0.05:
            self.favoured = int(rng.integers(params.classes))
            self.biases.extend(FAVOUR * (k == self.favoured) for k in range(params.classes))
        if waits and self.biases and rng.random() < 0.5:
            bias = self.biases.popleft()
            if not self.biases:
                self.answers.due = self.favoured
            return {"program_scale": 1 << len(self.loads.cores), "value": bias}
        if rng.random() < 0.7:
            return {}
        rests = since >= params.timestep
        lines = [rests or since <= core.controller.window for core in self.loads.cores]
        return self.reload.some(rng, np.array([[*lines, False]] * 2))

    def watch(self) -> Partner:
        """Count answers."""
        while True:
            seen = yield {}
            if seen["answered"]:
                self.answers.answer(seen["answer"])
                if self.stalled > self.params.timestep:
                    raise LockstepError(f"an answer comes after {self.stalled} ticks of stall")
            if seen["late"]:
                raise LockstepError("a timestep is late, though none was broken off")


ENVIRONMENT = ChainEnvironment

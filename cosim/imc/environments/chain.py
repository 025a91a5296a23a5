"""Around a chain: who sends it images, and who takes answers when it likes."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import Link, driven, sender, whims, words
from goldspike.cosim.imc.chain import ChainBench
from goldspike.model.errors import LockstepError

__all__ = ["ENVIRONMENT", "ChainEnvironment"]

IMAGES = 12


class Answers:
    """The account of images: each has one answer, after all of it was taken."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.words = self.answers = 0

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

    def answer(self) -> None:
        """Note an answer.

        Raises
        ------
        LockstepError
            If its image was not taken.
        """
        self.answers += 1
        if self.answers * self.size > self.words:
            raise LockstepError(f"answer {self.answers} comes after {self.words} words, "
                                f"of {self.size} an image")  # fmt: skip


class ChainEnvironment(Environment):
    """Every image has its answer, however long the chain has to wait with it."""

    params: Any
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
        runs_for = 10 * timestep
        willing = whims(self.rng, ticks=10 * timestep)
        yield {}
        yield from driven(self.loads.loading(self.loads.draw(self.rng)))
        yield {}
        while True:
            stalls = not next(willing)
            self.stalled = self.stalled + 1 if stalls else 0
            yield {"run": runs_for > 0, "stall": stalls}
            runs_for -= 1
            if runs_for == -timestep:
                runs_for = int(self.rng.integers(1, 20 * timestep))

    def watch(self) -> Partner:
        """Count answers."""
        while True:
            seen = yield {}
            if seen["answered"]:
                self.answers.answer()
                if self.stalled > self.params.timestep:
                    raise LockstepError(f"an answer comes after {self.stalled} ticks of stall")
            if seen["late"]:
                raise LockstepError("a timestep is late, though none was broken off")


ENVIRONMENT = ChainEnvironment

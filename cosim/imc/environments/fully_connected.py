"""Around a fully connected layer: who sends it pixels, programs it, and reads its answers."""

from collections.abc import Iterator
from typing import ClassVar

from goldspike.cosim.bench.environment import Drive, Environment, Partner
from goldspike.cosim.bench.partners import Link, sender, whims, words
from goldspike.cosim.imc.environments.shared.sums import numbers
from goldspike.model.errors import LockstepError
from goldspike.model.imc.fully_connected import FullyConnectedParams

__all__ = ["ENVIRONMENT", "FullyConnectedEnvironment"]

PIXELS = 60
BIAS_BITS = 32


class Answers:
    """The account of pixels: each is answered once, with the weights and biases of its time."""

    def __init__(self) -> None:
        self.pixel: list[int] = []
        self.due: list[int] | None = None
        self.words = self.answers = 0

    @property
    def moves(self) -> int:
        """Words that were taken, and answers."""
        return self.words + self.answers

    @property
    def open(self) -> str:
        """Pixels that are not answered."""
        return "" if self.answers == PIXELS else f"{self.answers} of {PIXELS} answers"

    def answer(self, scores: list[int], best: int) -> None:
        """Note an answer.

        Raises
        ------
        LockstepError
            If none is due, or another.
        """
        if self.due is None:
            raise LockstepError(f"answer {self.answers} comes without a pixel")
        due = self.due, self.due.index(max(self.due))
        if due != (scores, best):
            text = f"answer {self.answers} is {best} with {scores}"
            raise LockstepError(f"{text}, not {due[1]} with {due[0]}")
        self.due = None
        self.answers += 1


class FullyConnectedEnvironment(Environment):
    """Every pixel has its answer; another program comes at any moment but before an answer."""

    params: FullyConnectedParams
    configs: ClassVar = ("5-3", "3-2")
    controls: ClassVar = ("program_weight", "program_bias")

    def meet(self) -> list[Partner]:
        """Open the account of answers."""
        rng, bits = self.rng, self.params.word_bits
        self.size = self.params.crossbar.memory.words
        self.answers, self.programs, self.computes = Answers(), True, False
        self.accounts.append(self.answers)
        given, noise = words(rng, PIXELS * self.size, bits), words(rng, 1 << 20, bits)
        source = Link("valid", "word", "ready", bits)
        pixels = sender(source, given, self.willing(), self.take, noise)
        return [self.watch(), pixels, self.program()]

    def aftermath(self) -> list[tuple[int, Drive]]:
        """Let an answer come, bring the pixel that has begun to its end, and answer it."""
        ticks = self.params.ticks + 2
        return [(ticks, {}), (self.size, {"valid": 1}), (ticks, {})]

    def willing(self) -> Iterator[bool]:
        """Yield whether a word may be offered: a pixel's last one not before a program is over."""
        for willing in whims(self.rng):
            last = self.answers.words % self.size == self.size - 1
            offers = willing and not (last and self.programs)
            self.computes |= last and offers
            yield offers

    def take(self, word: int) -> None:
        """Add a word that was taken; with the last one work out what is due."""
        answers = self.answers
        lanes = [word >> k & 0xFF for k in range(0, self.params.word_bits, 8)]
        answers.pixel += [(lane ^ 0x80) - 0x80 for lane in lanes]
        answers.words += 1
        if answers.words % self.size == 0:
            if answers.due is not None:
                raise LockstepError("a pixel is taken before the answer to the one before")
            scores = list(self.biases)
            for channel in range(self.params.channels):
                for k in range(self.params.classes):
                    scores[k] += answers.pixel[channel] * self.weights[channel][k]
            answers.due, answers.pixel = scores, []

    def program(self) -> Partner:
        """Bring in weights and biases before the first answer, and others between answers."""
        yield {}
        while True:
            yield from self.loads()
            self.programs = False
            for _ in range(self.rng.integers(1, 400)):
                yield {}
            while self.computes:
                yield {}
            self.programs = True

    def loads(self) -> Iterator[Drive]:
        """Yield what shifts a program in: weights row by row, rows that are not used among them."""
        params, rng = self.params, self.rng
        rows = params.crossbar.words * params.crossbar.rows_per_tick
        weights = [numbers(rng, params.classes, 1 << params.weight_bits - 1) for _ in range(rows)]
        biases = numbers(rng, params.classes, int(rng.choice([200, 1 << BIAS_BITS - 1])))
        for weight in (weight for row in weights for weight in row):
            yield {"program_weight": 1, "weight": weight & (1 << params.weight_bits) - 1}
        for bias in biases:
            yield {"program_bias": 1, "bias": bias & (1 << BIAS_BITS) - 1}
        self.weights, self.biases = weights, biases

    def watch(self) -> Partner:
        """Read answers."""
        params = self.params
        bits, half = params.score_bits, 1 << params.score_bits - 1
        while True:
            seen = yield {}
            if seen["answered"]:
                lines = seen["scores"]
                scores = [lines >> k * bits & (1 << bits) - 1 for k in range(params.classes)]
                self.answers.answer([(score ^ half) - half for score in scores], seen["answer"])
                self.computes = False


ENVIRONMENT = FullyConnectedEnvironment

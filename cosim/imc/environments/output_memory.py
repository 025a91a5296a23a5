"""Around an output memory: who fills it while there is room, and who takes what it offers."""

from typing import ClassVar

from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import Link, Passage, receiver, whims, words
from goldspike.model.imc.output_memory import OutputMemoryParams

__all__ = ["ENVIRONMENT", "OutputMemoryEnvironment"]

PIXELS = 200


class OutputMemoryEnvironment(Environment):
    """Every word that goes in comes out, in order."""

    params: OutputMemoryParams
    configs: ClassVar = ("4-words", "one", "3x5")

    def meet(self) -> list[Partner]:
        """Open the account of words."""
        self.passage = Passage("memory", PIXELS * self.params.words)
        self.accounts.append(self.passage)
        end = Link("valid", "word", "ready", self.params.word_bits)
        return [self.fills(), self.offers(), receiver(end, whims(self.rng), self.passage.leave)]

    def fills(self) -> Partner:
        """Push pixels, a word at a time, each begun only where `room` promises it."""
        params, willing = self.params, whims(self.rng)
        noise = words(self.rng, 1 << 20, params.word_bits)
        seen = yield {}
        for _ in range(PIXELS):
            while not (seen.next("room") and next(willing)):
                seen = yield {"data": next(noise)}
            for word in words(self.rng, params.words, params.word_bits):
                while self.rng.random() < 0.1:
                    yield {"data": next(noise)}
                seen = yield {"push": 1, "data": word}
                self.passage.enter(word)

    def offers(self) -> Partner:
        """Let timesteps begin, at which all pixels held are offered."""
        while True:
            yield {"offer": 1}
            for _ in range(self.rng.choice([0, 2, 10, 40])):
                yield {}


ENVIRONMENT = OutputMemoryEnvironment

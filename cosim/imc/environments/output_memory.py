"""Around an output memory: who fills it while there is room, and who takes what it offers."""

from typing import ClassVar

from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import Link, Passage, receiver, whims, words
from goldspike.cosim.imc.environments.shared.pixels import pushes
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
        bits, rng = self.params.word_bits, self.rng
        end = Link("valid", "word", "ready", bits)
        pixels = ([*words(rng, self.params.words, bits)] for _ in range(PIXELS))
        return [
            pushes(rng, bits, pixels, self.passage.enter),
            self.offers(),
            receiver(end, whims(rng), self.passage.leave),
        ]

    def offers(self) -> Partner:
        """Let timesteps begin, at which all pixels held are offered."""
        while True:
            yield {"offer": 1}
            for _ in range(self.rng.choice([0, 2, 10, 40])):
                yield {}


ENVIRONMENT = OutputMemoryEnvironment

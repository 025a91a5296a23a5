"""Around a link: a sender, as many receivers as it has, and timesteps that come in any case."""

from typing import ClassVar

from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import Link, Passage, receiver, sender, whims, words
from goldspike.model.imc.link import LinkParams

__all__ = ["ENVIRONMENT", "LinkEnvironment"]

WORDS = 600


class LinkEnvironment(Environment):
    """Every receiver gets every word once."""

    params: LinkParams
    configs: ClassVar = ("4-words", "fork")

    def meet(self) -> list[Partner]:
        """Let a word count as sent to all of them."""
        rng, bits = self.rng, self.params.word_bits
        receivers = range(self.params.receivers)
        passages = [Passage(f"receiver {k}", WORDS) for k in receivers]
        self.accounts.extend(passages)
        given, noise = words(rng, WORDS, bits), words(rng, 1 << 20, bits)
        source = Link("valid", "word", "ready", bits)
        ends = [Link("o_valid", "o_word", "o_ready", bits, k, shared=True) for k in receivers]

        def sent(word: int) -> None:
            for passage in passages:
                passage.enter(word)

        return [
            sender(source, given, whims(rng), sent, noise),
            *(receiver(end, whims(rng), passages[k].leave) for k, end in enumerate(ends)),
            self.timesteps(),
        ]

    def timesteps(self) -> Partner:
        """Begin timesteps, on end at times."""
        while True:
            yield {"step": 1}
            for _ in range(self.rng.choice([0, 3, 10, 30])):
                yield {}


ENVIRONMENT = LinkEnvironment

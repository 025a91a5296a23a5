"""Around a core: the cores and links before it and after it, which send and take as they like."""

from collections.abc import Iterator
from typing import ClassVar

from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import (
    Count,
    Link,
    Passage,
    driven,
    receiver,
    sender,
    whims,
    words,
)
from goldspike.cosim.imc.core import CoreBench, programming
from goldspike.cosim.imc.environments.shared.sums import sum_words
from goldspike.model.errors import LockstepError
from goldspike.model.imc.core import CoreParams

__all__ = ["ENVIRONMENT", "CoreEnvironment"]

IMAGES = 4


class CoreEnvironment(Environment):
    """Of every image all pixels are taken and all outputs come; residuals pass as they came."""

    params: CoreParams
    configs: ClassVar = ("figure-8", "parallel", "middle", "last")

    def slow_whims(self) -> Iterator[bool]:
        """Return the whims of a receiver whose moods outlast timesteps: memories fill up."""
        return whims(self.rng, (1.0, 0.02, 0.0), ticks=6 * self.params.busiest)

    def meet(self) -> list[Partner]:
        """Open an account of every link."""
        params, rng, bits = self.params, self.rng, self.params.word_bits
        self.patience = 120 * params.busiest
        layer = params.layer
        pixels = IMAGES * layer.height * layer.width
        outputs = IMAGES * layer.height_out * layer.width_out
        taken = Count("words taken", pixels * params.memory.words)
        made = Count("words made", outputs * params.output.words)
        self.images = Count("images", IMAGES)
        self.accounts += [taken, made, self.images]
        enter = taken.enter
        partners = [self.timesteps(), receiver(link("out", bits), self.slow_whims(), made.leave)]
        if params.residual_out:
            skip = Passage("residuals", taken.total)
            self.accounts.append(skip)
            partners.append(receiver(link("skip", bits), self.slow_whims(), skip.leave))

            def enter(word: int) -> None:
                taken.enter()
                skip.enter(word)

        given = {"in": (enter, words(rng, taken.total, bits), params.memory.words)}
        if params.residual_in:
            added = Count("residual words taken", outputs * params.added.words)
            given["res"] = (added.enter, words(rng, added.total, bits), 1)
            self.accounts.append(added)
        if params.partial_in:
            sums = Count("words of partial sums taken", outputs * params.adder.packer.words)
            half = 128 * ((1 << params.weight_bits - 1) - 1) * params.rows_before
            given["sum"] = (sums.enter, sum_words(rng, params.adder, outputs, half), 1)
            self.accounts.append(sums)
        for side, (entered, sent, together) in given.items():
            noise = words(rng, 1 << 20, bits)
            partner = sender(link(side, bits), sent, whims(rng), entered, noise, together=together)
            partners.append(partner)
        return partners

    def timesteps(self) -> Partner:
        """Load the core, then begin timesteps as soon as the longest one may be over, or later."""
        yield {}
        drawn = CoreBench("loaded", self.params).draw(self.rng)
        yield from driven(programming(self.params, *drawn))
        while True:
            seen = yield {"step": 1}
            for _ in range(self.params.busiest - 1 + self.rng.choice([0, 0, 3])):
                self.images.moves += seen["complete"]
                seen = yield {}
            self.images.moves += seen["complete"]
            if seen["late"]:
                raise LockstepError("a timestep is late, though none was under way")


def link(side: str, bits: int) -> Link:
    """Return the pins of one of the core's links."""
    return Link(f"{side}_valid", f"{side}_word", f"{side}_ready", bits)


ENVIRONMENT = CoreEnvironment

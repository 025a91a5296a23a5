"""Around a partial adder: who sends it sums while there is room, and who asks for additions."""

from collections.abc import Iterator
from typing import ClassVar

from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import whims
from goldspike.cosim.imc.environments.shared.pixels import pushes
from goldspike.cosim.imc.environments.shared.sums import numbers, packed
from goldspike.model.errors import LockstepError
from goldspike.model.imc.partial_adder import PartialAdderParams

__all__ = ["ENVIRONMENT", "PartialAdderEnvironment"]

PIXELS = 120


class Additions:
    """The account of pixels: the k-th one that comes is added to the crossbar's k-th."""

    def __init__(self) -> None:
        self.pixels: list[list[int]] = []
        self.words = self.added = 0

    def enter(self, word: int) -> None:
        """Note a word that came."""
        self.words += 1

    @property
    def moves(self) -> int:
        """Words that came, and pixels that were added."""
        return self.words + self.added

    @property
    def open(self) -> str:
        """Pixels that have not come or are not added."""
        whole = len(self.pixels) == self.added == PIXELS
        return "" if whole else f"{len(self.pixels)} of {PIXELS} pixels sent, {self.added} added"


class PartialAdderEnvironment(Environment):
    """Every pixel of partial sums is added once, in order, to its own."""

    params: PartialAdderParams
    configs: ClassVar = ("narrow", "two-a-word", "one")

    def meet(self) -> list[Partner]:
        """Begin a pixel when there is room, and an addition when one waits."""
        self.additions = Additions()
        self.accounts.append(self.additions)
        sends = pushes(self.rng, self.params.word_bits, self.pixels(), self.additions.enter)
        return [sends, self.asks()]

    def pixels(self) -> Iterator[list[int]]:
        """Yield pixels as words; each is there once all of it has come."""
        params, additions = self.params, self.additions
        for _ in range(PIXELS):
            pixel = numbers(self.rng, params.channels, 1 << params.partial_bits - 1)
            yield packed(pixel, params.partial_bits, params.word_bits)
            additions.pixels.append(pixel)

    def asks(self) -> Partner:
        """Start an addition where a pixel waits; take every sum in its time, the last tick."""
        params, additions, willing = self.params, self.additions, whims(self.rng)
        mask, size = (1 << params.sum_bits) - 1, params.own_bits
        seen = yield {}
        while True:
            while not (seen.next("waits") and next(willing)):
                seen = yield {}
            if additions.added == len(additions.pixels):
                raise LockstepError(f"pixel {additions.added} waits, though it has not come")
            own = numbers(self.rng, params.channels, 1 << size - 1)
            sums = sum((n & (1 << size) - 1) << k * size for k, n in enumerate(own))
            yield {"start": 1, "sums": sums}
            came = additions.pixels[additions.added]
            for channel in range(params.channels):
                for _ in range(params.hold):
                    seen = yield {"sums": sums}
                due = own[channel] + came[channel] & mask
                if seen["sum"] != due:
                    text = f"pixel {additions.added}, channel {channel}"
                    raise LockstepError(f"{text}: the sum is {seen['sum']:#x}, not {due:#x}")
            additions.added += 1


ENVIRONMENT = PartialAdderEnvironment

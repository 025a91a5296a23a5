"""Around a token controller: the memory it fetches from, a neuron that sends, and who takes."""

from typing import ClassVar

from goldspike.cosim.bench.environment import Environment, Partner, Seen
from goldspike.cosim.bench.partners import whims, words
from goldspike.model.errors import LockstepError
from goldspike.model.truenorth.token_controller import TokenControllerParams

__all__ = ["ENVIRONMENT", "TokenControllerEnvironment"]

VISITS = 240
"""Of neurons, at least; in whole steps."""
STATES = ("fetch", "integrate", "fire", "erase")


class Walk:
    """The account of steps: each neuron is fetched, has its events in order, and is written once.

    Of a clear, each neuron is erased once.
    """

    def __init__(self, neurons: int) -> None:
        self.neurons = neurons
        self.total = -(-VISITS // neurons)
        self.steps = self.moves = 0
        self.left: list[int] = []
        """Neurons that are still to be fetched, or erased."""
        self.erases = False
        self.own: int | None = None
        """The neuron that has been fetched and is not written."""
        self.events: list[int] = []

    @property
    def under_way(self) -> bool:
        """Whether anything is to be done."""
        return bool(self.left) or self.own is not None

    @property
    def open(self) -> str:
        """What is to be done."""
        whole = self.steps == self.total and not self.under_way
        return "" if whole else f"{self.steps} of {self.total} steps, {self.left} are left"

    def begin(self, *, erases: bool) -> None:
        """Begin a step, or a clear."""
        self.left, self.erases = list(range(self.neurons)), erases
        self.steps += not erases
        self.moves += 1

    def reach(self, neuron: int, *, erases: bool) -> None:
        """Note a neuron that is fetched, or erased: the next one."""
        what = "erased" if erases else "fetched"
        if self.own is not None or erases != self.erases or [neuron] != self.left[:1]:
            raise LockstepError(f"neuron {neuron} is {what}, where {self.left[:1]} is next")
        del self.left[0]
        self.own = None if erases else neuron
        self.moves += 1

    def integrate(self, axon: int) -> None:
        """Note an event: the lowest one that is left."""
        if [axon] != self.events[:1]:
            raise LockstepError(f"axon {axon} is integrated, where {self.events[:1]} is next")
        del self.events[0]
        self.moves += 1

    def write(self, *, waits: bool) -> None:
        """Note a write-back: the neuron's spike, if any, is taken."""
        if waits:
            raise LockstepError(f"neuron {self.own} is written before its spike is taken")
        self.own = None
        self.moves += 1


class TokenControllerEnvironment(Environment):
    """Steps and clears begin at rest, and at no other time; each comes to every neuron, once."""

    params: TokenControllerParams
    configs: ClassVar = ("5x3", "40x24", "one")
    controls: ClassVar = ("sync", "clear")

    def meet(self) -> list[Partner]:
        """Open the account of steps."""
        self.walk = Walk(self.params.neurons)
        self.accounts.append(self.walk)
        return [self.works()]

    def works(self) -> Partner:
        """Ask for steps and clears, show a row's events, send spikes and take them."""
        walk, rng, axons = self.walk, self.rng, self.params.axons
        syncs, clears = (whims(rng, moods) for moods in ((0.7, 0.2, 0.0), (0.1, 0.0, 0.0)))
        willing = whims(rng)
        noise = words(rng, 1 << 20, axons)
        sends, events, fresh = False, 0, False
        while True:
            sync, clear = next(syncs) and walk.steps < walk.total, next(clears)
            ready = next(willing)
            seen = yield {
                "sync": sync, "clear": clear, "send": sends, "out_ready": ready,
                "events": events if fresh else next(noise),
            }  # fmt: skip
            if bool(seen["busy"]) != walk.under_way:
                raise LockstepError(f"busy is {seen['busy']} with neurons {walk.left} left")
            self.check(seen, fresh=fresh)
            fresh = False
            if seen["fetch"]:
                walk.reach(seen["neuron"], erases=False)
                often = rng.choice([0.0, 0.1, 0.5, 1.0])
                walk.events = [axon for axon in range(axons) if rng.random() < often]
                events, fresh = sum(1 << axon for axon in walk.events), True
                sends = bool(rng.random() < 0.5)
            elif seen["erase"]:
                walk.reach(seen["neuron"], erases=True)
            elif seen["integrate"]:
                walk.integrate(seen["axon"])
            elif seen["write_back"]:
                walk.write(waits=sends and not ready)
            if not seen["busy"] and (sync or clear):
                walk.begin(erases=clear)

    def check(self, seen: Seen, *, fresh: bool) -> None:
        """Make sure that one thing is done on a tick, and by the neuron that has the token."""
        walk = self.walk
        done = [name for name in STATES if seen[name]]
        if len(done) != walk.under_way:
            raise LockstepError(f"a tick has {done}")
        if bool(seen["first"]) != fresh:
            raise LockstepError("the first tick of a neuron is not the one after its fetch")
        if walk.own is not None and seen["neuron"] != walk.own:
            raise LockstepError(f"neuron {seen['neuron']} works, where {walk.own} has been fetched")
        if seen["fire"]:
            if walk.events:
                raise LockstepError(f"neuron {walk.own} fires before axons {walk.events}")
            if seen["stall"] + seen["write_back"] != 1:
                raise LockstepError(f"neuron {walk.own} is to wait, or to be written")
        elif seen["stall"] or seen["write_back"]:
            raise LockstepError(f"neuron {seen['neuron']} waits, or is written, and does not fire")


ENVIRONMENT = TokenControllerEnvironment

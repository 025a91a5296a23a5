"""What surrounds a circuit and answers it: its inputs of a tick follow from its pins before it.

A bench's stimulus is worked out before the run. An environment is stepped with the circuit instead:
its *partners* see every pin on every tick and drive what comes next, and its *accounts* hold what
went in against what came out. It knows no golden model, so that a wrong `ready` has the
consequences that it would have on a chip: a word is lost, or nobody moves any more. The inputs that
came about are then given to the bench (:mod:`goldspike.cosim.lockstep.closed_loop`).

Each lies in its chip's folder `environments`, by the stem of its circuit, and is found by name.
"""

from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import suppress
from importlib import import_module
from typing import Any, ClassVar, Protocol

import numpy as np

from goldspike.model.errors import LockstepError
from goldspike.model.paths import ROOT

__all__ = ["Account", "Drive", "Environment", "Partner", "Seen", "environments", "load_environment"]

Drive = dict[str, int]
"""What a partner drives on a tick; inputs that it does not name are left to others, or low."""


class Seen:
    """The output pins on a tick.

    ``seen[name]`` is what meets the tick's clock edge, the inputs of the tick included;
    ``seen.next(name)``, of a pin that shows registers, what the next tick begins with.
    """

    def __init__(self, pins: np.void, after: np.void) -> None:
        self.pins, self.after = pins, after

    def __getitem__(self, name: str) -> int:
        return as_int(self.pins[name])

    def next(self, name: str) -> int:
        """Return what a pin shows once the tick is over."""
        return as_int(self.after[name])


Partner = Generator[Drive, Seen, None]
"""Yields what it drives on a tick, and is sent what the pins showed on that tick."""


class Account(Protocol):
    """What an environment keeps about something that passes the circuit."""

    @property
    def moves(self) -> int:
        """How often anything happened."""
        ...

    @property
    def open(self) -> str:
        """What is still to come; nothing if it is settled."""
        ...


class Environment(ABC):
    """Base class of all environments.

    Parameters
    ----------
    params : parameters of the circuit
    rng : numpy.random.Generator
    """

    configs: ClassVar[tuple[str, ...]]
    """Configurations of the bench that it surrounds."""
    patience: int = 1000
    """Ticks without a move after which nobody will move any more."""
    rest: ClassVar[int] = 60
    """Ticks that go on once all accounts are settled: nothing may follow."""
    controls: ClassVar[tuple[str, ...]] = ()
    """Inputs that break into the loop at any moment of it that the contract allows."""
    resets_by: ClassVar[int] = 600
    """Tick by which a run that a reset breaks off has met it."""

    def __init__(self, params: Any, rng: np.random.Generator) -> None:
        self.params, self.rng = params, rng
        self.accounts: list[Account] = []
        self.partners = self.meet()
        self.next = [next(partner) for partner in self.partners]
        self.moves = self.still = 0

    @abstractmethod
    def meet(self) -> list[Partner]:
        """Open the accounts, and return the partners."""

    def aftermath(self) -> list[tuple[int, Drive]]:
        """Return what is driven after a run that broke off, and for how many ticks each.

        Nothing of it is compared. All inputs go down, as golden models look a few ticks ahead; some
        have to come to rest, too.
        """
        return [(1, {})]

    def drive(self) -> Drive:
        """Return the inputs of the next tick: each is what any partner drives."""
        inputs: Drive = {}
        for driven in self.next:
            for name, value in driven.items():
                inputs[name] = inputs.get(name, 0) | value
        return inputs

    def see(self, seen: Seen) -> bool:
        """Let all partners see a tick; return whether another one follows.

        Raises
        ------
        LockstepError
            If something is lost, comes twice or breaks the protocol, and if nobody moves any more.
        """
        for k, partner in enumerate(self.partners):
            self.next[k] = {}  # once it has left
            with suppress(StopIteration):
                self.next[k] = partner.send(seen)
        moves = sum(account.moves for account in self.accounts)
        self.still = self.still + 1 if moves == self.moves else 0
        self.moves = moves
        waits = "; ".join(filter(None, (account.open for account in self.accounts)))
        if waits and self.still >= self.patience:
            raise LockstepError(f"nothing moves for {self.patience} ticks: {waits}")
        return bool(waits) or self.still < self.rest


def as_int(value: Any) -> int:
    """Return a pin's value as a number."""
    return int.from_bytes(value.tobytes(), "little")


def environments() -> list[str]:
    """Return the circuits that have an environment."""
    found = (
        path.relative_to(ROOT / "cosim") for path in ROOT.glob("cosim/*/environments/[a-z]*.py")
    )
    return sorted(f"{path.parts[0]}/{path.stem}" for path in found)


def load_environment(circuit: str) -> type[Environment]:
    """Return the environment of a circuit."""
    chip, _, stem = circuit.partition("/")
    return import_module(f"goldspike.cosim.{chip}.environments.{stem}").ENVIRONMENT

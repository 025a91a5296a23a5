"""The token controller: walks a step through the core, neuron by neuron, event by event.

Ref: Akopyan 2015 (the token passes from neuron to neuron within a tick of 1 ms). Ticks, ours:
`sync` (1), then for every neuron, ascending: fetch its row (1), integrate its events, ascending by
axon (1 each), fire and write back (1, and longer while a spike waits for `out_ready`: stall). A
step takes ``1 + 2 * neurons + events + stalls`` ticks, 513 + events + stalls with 256 neurons.

`clear` erases the potentials instead, one per tick: the core is busy for `neurons` ticks. `sync`
and `clear` are for a controller at rest, and ignored by one that is busy; `clear` wins over `sync`.
"""

from dataclasses import dataclass
from enum import IntEnum

from goldspike.model.trace import Field, TraceLayout
from goldspike.model.truenorth.shared.sizes import CoreSize

__all__ = ["State", "TokenControllerModel", "TokenControllerParams"]


class State(IntEnum):
    """What the controller does."""

    STANDBY = 0
    FETCH = 1
    RUN = 2
    """Integrate while there are events, then fire."""
    ERASE = 3


@dataclass(frozen=True, kw_only=True)
class TokenControllerParams(CoreSize):
    """A controller of `neurons` neurons with `axons` axons."""

    @property
    def trace(self) -> TraceLayout:
        """Traced on every busy tick: what the tick shows."""
        return TraceLayout(
            (
                Field("state", 2),
                Field("neuron", self.neuron_bits),
                Field("integrate", 1),
                Field("axon", self.axon_bits),
                Field("fire", 1),
                Field("stall", 1),
            )
        )

    def ticks(self, events: int) -> int:
        """Return the ticks of a step without stalls, that of `sync` included."""
        return 1 + 2 * self.neurons + events


class TokenControllerModel:
    """A controller, tick by tick: what it shows on a tick, and what comes after.

    Attributes
    ----------
    state : State
    neuron : int
        Which one has the token; 0 at rest.
    left : set of int or None
        Events of the neuron that are not integrated yet; None before its first tick after fetch.
    """

    def __init__(self, params: TokenControllerParams) -> None:
        self.params = params
        self.state, self.neuron = State.STANDBY, 0
        self.left: set[int] | None = None

    def pins(self, events: set[int], send: bool, out_ready: bool) -> dict[str, int]:
        """Return the outputs on a tick.

        Parameters
        ----------
        events : set of int
            Active axons with a synapse in the row at the memory's output.
        send : bool
            Whether the neuron, if it fires on this tick, sends a spike.
        out_ready : bool
            Whether that would be taken.

        Returns
        -------
        dict
            `axon` is 0 without `integrate`. `first` is up on a neuron's first tick after its fetch.
        """
        runs = self.state == State.RUN
        left = (events if self.left is None else self.left) if runs else set[int]()
        fires = runs and not left
        stall = fires and send and not out_ready
        return {
            "busy": int(self.state != State.STANDBY),
            "neuron": self.neuron,
            "fetch": int(self.state == State.FETCH),
            "first": int(runs and self.left is None),
            "integrate": int(bool(left)),
            "axon": min(left) if left else 0,
            "fire": int(fires),
            "stall": int(stall),
            "write_back": int(fires and not stall),
            "erase": int(self.state == State.ERASE),
        }

    def tick(
        self, *, sync: bool, clear: bool, events: set[int], send: bool, out_ready: bool
    ) -> dict[str, int]:
        """Go on by a tick; return its outputs."""
        pins = self.pins(events, send, out_ready)
        if self.state == State.STANDBY:
            if clear:
                self.state = State.ERASE
            elif sync:
                self.state = State.FETCH
        elif self.state == State.FETCH:
            self.state, self.left = State.RUN, None
        elif pins["integrate"]:
            self.left = (events if self.left is None else self.left) - {pins["axon"]}
        elif pins["write_back"] or pins["erase"]:
            again = State.FETCH if pins["write_back"] else State.ERASE
            last = self.neuron == self.params.neurons - 1
            self.state, self.neuron = (State.STANDBY, 0) if last else (again, self.neuron + 1)
        else:  # stall: the neuron stays as it is, without its events
            self.left = set()
        return pins

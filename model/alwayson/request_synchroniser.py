"""Request synchronisers: a four-phase handshake between two clocks that know nothing of each other.

Ref: Chundi 2021, "Synapse Block" and Fig. 5C: a neuron holds its request up until it is
acknowledged; the acknowledgement stays up while the request does. Neuron block and synapse block
have a clock generator each, so either signal crosses to a clock that is unrelated to its own.

Assumptions, where the paper is silent:

1. *Two flip-flops per signal and direction*, the usual synchroniser. Those of the requests are
   clocked by the synapse block's gated clock, those of the acknowledgements by the neuron block's
   generator.
2. *Requests are synchronised inside the power domain of the synapse block*: its reset clears their
   flip-flops. A request outlasts that, because it stays up until it is acknowledged.
3. *Acknowledgements are synchronised in the neuron block's domain that is never off.* Its generator
   may stop, after the neuron has seen Ack, before Ack falls: the flip-flops then stay up until the
   clock runs again. No neuron requests before it has seen its last Ack fall (rule 5 of
   :mod:`goldspike.model.alwayson.neuron_fsm`).
4. *Between two frames the acknowledgements are cleared*: no frame depends on the one before.

Timing: a request that is up before the first of three steps of the synapse block's clock is seen by
the arbiter on the third; so is an acknowledgement by the neuron, in steps of its own clock.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from goldspike.model.jit import kernel
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout, pack_bits

__all__ = [
    "RequestSynchroniserModel",
    "RequestSynchroniserParams",
    "SynchroniserState",
    "clear_acks",
    "reset_requests",
    "shift_acks",
    "shift_requests",
    "synchroniser_state",
]


@dataclass(frozen=True, kw_only=True)
class RequestSynchroniserParams:
    """Synchronisers of one synapse block.

    Parameters
    ----------
    lines : int
        Handshakes, one per pre-synaptic neuron, 1..512.
    """

    lines: int = 128

    def __post_init__(self) -> None:
        require_int("lines", self.lines, 1, 512)

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which any of it changed: all flip-flops."""
        names = SynchroniserState._fields
        return TraceLayout(tuple(Field(name, self.lines, bitmap=True) for name in names))


class SynchroniserState(NamedTuple):
    """All flip-flops, bool (lines,); compiled code changes them in place."""

    request_first: np.ndarray
    request_seen: np.ndarray
    ack_first: np.ndarray
    ack_seen: np.ndarray


def synchroniser_state(lines: int) -> SynchroniserState:
    """Return flip-flops that are all down."""
    return SynchroniserState(*(np.zeros(lines, bool) for _ in range(4)))


@kernel
def shift_requests(s: SynchroniserState, request: np.ndarray) -> None:
    """Meet a rising edge of the synapse block's gated clock."""
    for k in range(request.size):
        s.request_seen[k] = s.request_first[k]
        s.request_first[k] = request[k]


@kernel
def shift_acks(s: SynchroniserState, ack: np.ndarray) -> None:
    """Meet a rising edge of the neuron block's clock."""
    for k in range(ack.size):
        s.ack_seen[k] = s.ack_first[k]
        s.ack_first[k] = ack[k]


@kernel
def reset_requests(s: SynchroniserState) -> None:
    """Reset what the synapse block's power takes with it."""
    s.request_first[:] = False
    s.request_seen[:] = False


@kernel
def clear_acks(s: SynchroniserState) -> None:
    """Reset the acknowledgements, as between two frames."""
    s.ack_first[:] = False
    s.ack_seen[:] = False


class RequestSynchroniserModel:
    """Golden synchronisers, tick by tick."""

    def __init__(self, params: RequestSynchroniserParams) -> None:
        self.params = params
        self.state = synchroniser_state(params.lines)

    def tick(
        self,
        request: np.ndarray,
        ack: np.ndarray,
        *,
        synapse_rises: bool = False,
        neuron_rises: bool = False,
        reset: bool = False,
        clear: bool = False,
    ) -> np.ndarray:
        """Advance one tick; return the trace word after it (0-d structured array).

        Parameters
        ----------
        request, ack : bool arrays (lines,)
            As the neurons and the arbiter drive them on this tick.
        synapse_rises, neuron_rises : bool
            Which clock rises on this tick; both may.
        reset : bool
            The synapse block comes out of sleep; wins over `synapse_rises`.
        clear : bool
            A frame is over: the acknowledgements are reset; wins over `neuron_rises`.
        """
        if synapse_rises:
            shift_requests(self.state, request)
        if neuron_rises:
            shift_acks(self.state, ack)
        if reset:
            reset_requests(self.state)
        if clear:
            clear_acks(self.state)
        word = np.zeros((), self.params.trace.dtype)
        for name in SynchroniserState._fields:
            word[name] = pack_bits(getattr(self.state, name))
        return word

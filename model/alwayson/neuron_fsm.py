"""Neuron FSMs: what a neuron does with a spike, one step per pulse of its gated clock.

Ref: Chundi 2021, "Neuron Block" and Fig. 2B (hidden), 2C (input), 2D (output). A state's work is
done by the clock edge that leaves it.

Hidden
    Start/Standby: to Potential Update. Potential Update: one up or down by the spike's sign, to
    Check. Check: below the threshold back to Start/Standby, resetting the wake-up circuit; else to
    Potential Reset. Potential Reset: potential to zero, FF+1 and FF-1 reset, to Spk Req. Spk Req:
    request until acknowledged, then Start/Standby, resetting the wake-up circuit; a new spike
    meanwhile goes to Potential Update 2, which updates, resets its flip-flops and comes back.
Input
    Start/Standby: to Spk Req. Spk Req: as above, but new spikes wait.
Output
    Start/Standby: to Potential Update; Potential Update: as above, to Flip-flop Reset; that one
    resets the wake-up circuit: to Start/Standby.

Assumptions, where the paper is silent:

1. *Both signs at once* are both applied, in one step; their sum is zero, so that the potential
   keeps its value even at an end of its range. Only what was applied is taken from FF+1 and FF-1
   (rule 2 of :mod:`goldspike.model.alwayson.wakeup`).
2. *The potential saturates* at the ends of its signed range.
3. *Nothing to apply* (the clock runs, no spike waits): back to sleep. Only an upset leads there;
   without this the clock would run until the next spike.
4. *Acknowledgement before spike*: where both wait in Spk Req, the neuron is done; the spike stays
   in its flip-flop and wakes it again.
5. *No request while an old acknowledgement is still up*: a hidden neuron waits in Potential Reset,
   an input neuron in Start/Standby. The handshake has four phases, and a slow synapse block keeps
   Ack up after the request; without this the next request would be served by the old Ack.
6. *Potential Update 2 does not check*: a potential at the threshold fires with the next spike.
7. *An input neuron serves one sign per request*, FF+1 first.
8. *Illegal states* go back to Start/Standby with the next pulse and do nothing else.

`ack` is sampled by the pulse like any input: it must come from a register (the synapse block
synchronises the handshake).
"""

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import NamedTuple

import numpy as np

from goldspike.model.jit import kernel
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = [
    "FsmState",
    "Kind",
    "NeuronFsmModel",
    "NeuronFsmParams",
    "NeuronState",
    "fsm_state",
    "requests",
    "step",
]


class Kind(Enum):
    """Which core's neuron it is."""

    INPUT = "input"
    HIDDEN = "hidden"
    OUTPUT = "output"


class NeuronState(IntEnum):
    """States of all three FSMs."""

    STANDBY = 0
    POTENTIAL_UPDATE = 1
    CHECK = 2
    POTENTIAL_RESET = 3
    SPK_REQ = 4
    POTENTIAL_UPDATE_2 = 5
    FLIPFLOP_RESET = 6


@dataclass(frozen=True, kw_only=True)
class NeuronFsmParams:
    """A neuron's FSM.

    Parameters
    ----------
    kind : Kind or str
        ``input``, ``hidden`` or ``output``.
    bits : int
        Width of the signed potential, 2..16. The paper's 9; an output neuron on MNIST needs more.
    """

    kind: Kind = Kind.HIDDEN
    bits: int = 9

    def __post_init__(self) -> None:
        require_int("bits", self.bits, 2, 16)
        try:
            object.__setattr__(self, "kind", Kind(self.kind))
        except ValueError:
            raise ValueError(f"kind must be input, hidden or output, not {self.kind!r}") from None

    @property
    def lowest(self) -> int:
        """The lowest potential."""
        return -(1 << (self.bits - 1))

    @property
    def highest(self) -> int:
        """The highest potential, and the highest threshold."""
        return (1 << (self.bits - 1)) - 1

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick with a pulse, a reset or a clear; potential in two's complement.

        `taken` (FF+1 in bit 0) and `sleep` are what the pulse of this tick reset; `request` is up
        after it.
        """
        return TraceLayout(
            (
                Field("state", 3),
                Field("potential", self.bits),
                Field("taken", 2),
                Field("sleep", 1),
                Field("request", 1),
            )
        )


class FsmState(NamedTuple):
    """State of n FSMs; compiled code changes it in place."""

    state: np.ndarray  # int64 (n,): a NeuronState, not retained
    applied: np.ndarray  # bool (n, 2): signs of this wake-up applied so far, not retained
    potential: np.ndarray  # int64 (n,): retained


def fsm_state(count: int) -> FsmState:
    """Return `count` FSMs in standby, their potentials zero."""
    return FsmState(
        np.zeros(count, np.int64), np.zeros((count, 2), bool), np.zeros(count, np.int64)
    )


# plain numbers for compiled code
INPUT, HIDDEN, OUTPUT = 0, 1, 2
KINDS = {Kind.INPUT: INPUT, Kind.HIDDEN: HIDDEN, Kind.OUTPUT: OUTPUT}
STANDBY, UPDATE, CHECK, RESET, REQ, UPDATE_2, CLEAR = (int(state) for state in NeuronState)
TAKE_PLUS, TAKE_MINUS, SLEEP = 1, 2, 4


@kernel
def update(fsm: FsmState, k: int, plus: bool, minus: bool, bits: int) -> None:
    """Count the spikes that wait into the potential; note which they were."""
    potential = fsm.potential[k] + int(plus) - int(minus)
    highest = (1 << (bits - 1)) - 1
    fsm.potential[k] = min(max(potential, -highest - 1), highest)
    fsm.applied[k, 0] = plus
    fsm.applied[k, 1] = minus


@kernel
def take_applied(fsm: FsmState, k: int) -> int:
    """Return the flip-flops of the spikes applied so far, and forget them."""
    taken = TAKE_PLUS * int(fsm.applied[k, 0]) + TAKE_MINUS * int(fsm.applied[k, 1])
    fsm.applied[k, 0] = False
    fsm.applied[k, 1] = False
    return taken


@kernel
def standby(fsm: FsmState, k: int, kind: int, plus: bool, minus: bool, ack: bool) -> int:
    """Leave Start/Standby if there is a spike to work on; else sleep again."""
    if not (plus or minus):
        return take_applied(fsm, k) | SLEEP
    if kind == INPUT:
        if not ack:
            fsm.state[k] = REQ
            fsm.applied[k, 0] = plus
            fsm.applied[k, 1] = not plus
    else:
        fsm.state[k] = UPDATE
    return 0


@kernel
def spk_req(fsm: FsmState, k: int, kind: int, plus: bool, minus: bool, ack: bool) -> int:
    """Wait for the acknowledgement; a hidden neuron listens to new spikes meanwhile."""
    if ack:
        fsm.state[k] = STANDBY
        return take_applied(fsm, k) | SLEEP
    if kind == HIDDEN and (plus or minus):
        fsm.state[k] = UPDATE_2
    return 0


@kernel
def step(
    fsm: FsmState, k: int, kind: int, bits: int, plus: bool, minus: bool, ack: bool, threshold: int
) -> int:
    """Take FSM `k` one pulse further; return what it resets: TAKE_PLUS, TAKE_MINUS, SLEEP."""
    state = fsm.state[k]
    if state == STANDBY:
        return standby(fsm, k, kind, plus, minus, ack)
    if state == UPDATE and kind != INPUT:
        update(fsm, k, plus, minus, bits)
        fsm.state[k] = CHECK if kind == HIDDEN else CLEAR
        return 0
    if state == CHECK and kind == HIDDEN:
        if fsm.potential[k] >= threshold:
            fsm.state[k] = RESET
            return 0
        fsm.state[k] = STANDBY
        return take_applied(fsm, k) | SLEEP
    if state == RESET and kind == HIDDEN:
        fsm.potential[k] = 0
        if not ack:
            fsm.state[k] = REQ
        return take_applied(fsm, k)
    if state == REQ and kind != OUTPUT:
        return spk_req(fsm, k, kind, plus, minus, ack)
    if state == UPDATE_2 and kind == HIDDEN:
        update(fsm, k, plus, minus, bits)
        fsm.state[k] = REQ
        return take_applied(fsm, k)
    if state == CLEAR and kind == OUTPUT:
        fsm.state[k] = STANDBY
        return take_applied(fsm, k) | SLEEP
    fsm.state[k] = STANDBY  # illegal
    return 0


@kernel
def requests(fsm: FsmState, k: int) -> bool:
    """Return whether FSM `k` holds its request up."""
    return fsm.state[k] == REQ or fsm.state[k] == UPDATE_2


class NeuronFsmModel:
    """One golden FSM, pulse by pulse."""

    def __init__(self, params: NeuronFsmParams) -> None:
        self.params = params
        self.fsm = fsm_state(1)

    def reset(self) -> None:
        """Reset what is not retained, as a wake-up does."""
        self.fsm.state[0] = STANDBY
        self.fsm.applied[0] = False

    def clear(self) -> None:
        """Reset the potential, as between two frames."""
        self.fsm.potential[0] = 0

    def pulse(self, *, plus: bool, minus: bool, ack: bool, threshold: int) -> int:
        """Meet a pulse of the gated clock; return TAKE_PLUS, TAKE_MINUS and SLEEP as bits."""
        kind, bits = KINDS[Kind(self.params.kind)], self.params.bits
        return step(self.fsm, 0, kind, bits, plus, minus, ack, threshold)

    @property
    def state(self) -> NeuronState:
        """The state."""
        return NeuronState(int(self.fsm.state[0]))

    @property
    def potential(self) -> int:
        """The potential."""
        return int(self.fsm.potential[0])

    @property
    def request(self) -> bool:
        """Whether the request is up."""
        return bool(requests(self.fsm, 0))

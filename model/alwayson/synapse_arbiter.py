"""Synapse arbiter: which neuron's row is read next, and the spike generator's three states.

Ref: Chundi 2021, "Synapse Block" and Fig. 5B, 5C. One step per pulse of the synapse block's gated
clock. From Start/Standby the FSM goes to one of Ack[i], by fixed priority, the smallest index
first; the acknowledgement is the word-line of row i as well. In Ack[i] the sub-FSM *Spkgen* goes
through St0, St1 (the flip-flops hold the row's weights) and St2 (a spike per post-synaptic neuron).
Ack[i] lasts until the request has gone and Spkgen is done, whichever is later. Then the next
request is served, or the block goes back to Start/Standby, and clock and power go.

======================  =================================  ======================================
state before the pulse  on the pulse                       state after it
======================  =================================  ======================================
Start/Standby           a request is up: `grant`           Ack[i], St0
Start/Standby           none is up: `sleep`                Start/Standby
Ack[i], St0             `capture`: take the row's weights  Ack[i], St1
Ack[i], St1                                                Ack[i], St2
Ack[i], St2             request i is up                    Ack[i], St2
Ack[i], St2             it is down, another up: `grant`    Ack[j], St0
Ack[i], St2             all are down: `sleep`              Start/Standby
illegal                                                    Start/Standby
======================  =================================  ======================================

A request takes three steps at least, N_cyc of Eq. 2; more where the neuron's clock is slow.

Assumptions, where the paper is silent:

1. *The weights are taken by the edge that enters St1*, one period after the word-line rose, so that
   they stand still when St2 launches the spikes, which then have no glitch.
2. *St2 lasts until Ack ends*, and the spike lines stay up as long. The next neurons see a rising
   edge once; the lines are down for St0 and St1 of whatever comes next.
3. *From Ack[i] straight to Ack[j]* without a step in Start/Standby.
4. *A step in Start/Standby without a request sleeps.* The wake-up circuit stays up while any
   request is up that the synchronisers have not let through yet, so that this cuts nothing off.
5. *Round robin* looks for requests from the row after the one served last, and round to it. The
   paper chose fixed priority for its area. Where to look first is retained, and cleared between
   two frames.
6. *Illegal*: more than one Ack, Spkgen beyond St2, or not in St0 without an Ack.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import NamedTuple

import numpy as np

from goldspike.model.jit import kernel
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout, pack_bits

__all__ = [
    "CAPTURE",
    "GRANT",
    "SLEEP",
    "ArbiterState",
    "Policy",
    "Spkgen",
    "SynapseArbiterModel",
    "SynapseArbiterParams",
    "arbiter_state",
    "arbiter_step",
    "granted_row",
    "reset_arbiter",
]


class Policy(Enum):
    """Which of several requests is served."""

    FIXED = "fixed"
    ROUND_ROBIN = "round_robin"


class Spkgen(IntEnum):
    """States of the spike generator."""

    ST0 = 0
    ST1 = 1
    ST2 = 2


@dataclass(frozen=True, kw_only=True)
class SynapseArbiterParams:
    """An arbiter.

    Parameters
    ----------
    inputs : int
        Requests, 1..512.
    policy : Policy or str
        ``fixed`` (lowest index first) or ``round_robin``.
    """

    inputs: int = 128
    policy: Policy = Policy.FIXED

    def __post_init__(self) -> None:
        require_int("inputs", self.inputs, 1, 512)
        try:
            object.__setattr__(self, "policy", Policy(self.policy))
        except ValueError:
            raise ValueError(f"policy must be fixed or round_robin, not {self.policy!r}") from None

    @property
    def row_bits(self) -> int:
        """Width of a row's number."""
        return max(1, (self.inputs - 1).bit_length())

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick with a step, a reset or a clear.

        `following`: the row from which round robin looks, 0 with fixed priority. `capture`,
        `grant` and `sleep`: what the step of this tick did.
        """
        return TraceLayout(
            (
                Field("ack", self.inputs, bitmap=True),
                Field("spkgen", 2),
                Field("following", self.row_bits),
                Field("capture", 1),
                Field("grant", 1),
                Field("sleep", 1),
            )
        )


class ArbiterState(NamedTuple):
    """State of an arbiter; compiled code changes it in place."""

    ack: np.ndarray  # bool (inputs,): which Ack[i] the FSM is in; none: Start/Standby
    spkgen: np.ndarray  # int64 (1,): a Spkgen
    following: np.ndarray  # int64 (1,): where round robin looks first; retained


def arbiter_state(inputs: int) -> ArbiterState:
    """Return an arbiter in Start/Standby."""
    return ArbiterState(np.zeros(inputs, bool), np.zeros(1, np.int64), np.zeros(1, np.int64))


ST0, ST1, ST2 = (int(state) for state in Spkgen)
CAPTURE, GRANT, SLEEP = 1, 2, 4
"""What a step did, as bits."""


@kernel
def granted_row(s: ArbiterState) -> int:
    """Return the row whose Ack is up, or -1."""
    for i in range(s.ack.size):
        if s.ack[i]:
            return i
    return -1


@kernel
def pick(request: np.ndarray, first: int) -> int:
    """Return the first request that is up, from `first` on and round; -1 without any."""
    for k in range(request.size):
        i = (first + k) % request.size
        if request[i]:
            return i
    return -1


@kernel
def serve_next(s: ArbiterState, request: np.ndarray, round_robin: bool) -> int:
    """Go to the next Ack, or to Start/Standby and to sleep."""
    s.ack[:] = False
    s.spkgen[0] = ST0
    i = pick(request, s.following[0] if round_robin else 0)
    if i < 0:
        return SLEEP
    s.ack[i] = True
    if round_robin:
        s.following[0] = (i + 1) % request.size
    return GRANT


@kernel
def arbiter_step(s: ArbiterState, request: np.ndarray, round_robin: bool) -> int:
    """Take one step; return CAPTURE, GRANT and SLEEP as bits. `request` is synchronised."""
    acks, spkgen = s.ack.sum(), s.spkgen[0]
    if acks > 1 or spkgen > ST2 or (acks == 0 and spkgen != ST0):  # illegal
        s.ack[:] = False
        s.spkgen[0] = ST0
        return 0
    if acks == 0:
        return serve_next(s, request, round_robin)
    if spkgen == ST0:
        s.spkgen[0] = ST1
        return CAPTURE
    if spkgen == ST1:
        s.spkgen[0] = ST2
        return 0
    if request[granted_row(s)]:
        return 0
    return serve_next(s, request, round_robin)


@kernel
def reset_arbiter(s: ArbiterState) -> None:
    """Reset what is not retained, as a wake-up does."""
    s.ack[:] = False
    s.spkgen[0] = ST0


class SynapseArbiterModel:
    """A golden arbiter, tick by tick."""

    def __init__(self, params: SynapseArbiterParams) -> None:
        self.params = params
        self.state = arbiter_state(params.inputs)
        self.did = 0

    def pins(self) -> dict[str, int]:
        """Return what the registers drive: `read` and `row` (the word-line), `launch`."""
        row = int(granted_row(self.state))
        acks, spkgen = int(self.state.ack.sum()), int(self.state.spkgen[0])
        reads = acks == 1 and spkgen == ST0
        launches = acks == 1 and spkgen == ST2
        return {"read": int(reads), "row": row if reads else 0, "launch": int(launches)}

    def tick(
        self,
        request: np.ndarray,
        *,
        step: bool = False,
        reset: bool = False,
        retain: bool = False,
        clear: bool = False,
    ) -> None:
        """Advance one tick.

        Parameters
        ----------
        request : bool array (inputs,)
            Synchronised requests.
        step, reset, retain : bool
            The gated clock rises; unretained state is reset, which wins; what is retained holds.
        clear : bool
            A frame is over: round robin looks from row 0 on; wins over all.
        """
        self.did, following = 0, int(self.state.following[0])
        if step:
            round_robin = self.params.policy is Policy.ROUND_ROBIN
            self.did = int(arbiter_step(self.state, request, round_robin))
        if reset:
            reset_arbiter(self.state)
        if retain:
            self.state.following[0] = following
        if clear:
            self.state.following[0] = 0

    @property
    def word(self) -> np.ndarray:
        """The trace word after the last tick (0-d structured array)."""
        word = np.zeros((), self.params.trace.dtype)
        word["ack"] = pack_bits(self.state.ack)
        word["spkgen"], word["following"] = self.state.spkgen[0], self.state.following[0]
        word["capture"] = self.did & CAPTURE != 0
        word["grant"] = self.did & GRANT != 0
        word["sleep"] = self.did & SLEEP != 0
        return word

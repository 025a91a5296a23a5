"""What must hold after every tick of a gated neuron, whatever the stimulus: read off its trace.

Ref: Chundi 2021, "Neuron Block". Each is checked in every run of the benches.
"""

import numpy as np

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.model.timing.power_gate import PowerState

__all__ = ["INVARIANTS", "check_invariants"]

INVARIANTS = (
    "no clock edge meets a block without power",
    "a gated pulse is a whole pulse of the shared clock",
    "FFclk-ug is up only with FFclk-en",
    "FFclk-en is up while a spike waits",
    "an isolated neuron requests nothing",
    "power comes and goes in order",
    "a spike is lost only where one of its sign waits",
    "a waiting spike goes only with a step of the FSM",
)
MOVES = {
    (PowerState.OFF, PowerState.WAKING),
    (PowerState.WAKING, PowerState.ON),
    (PowerState.ON, PowerState.GOING_OFF),
    (PowerState.GOING_OFF, PowerState.ON),
    (PowerState.GOING_OFF, PowerState.OFF),
}


def check_invariants(neurons: np.ndarray, tick: np.ndarray, clock: np.ndarray | None) -> None:
    """Check what a run traced.

    Parameters
    ----------
    neurons : structured array (records, neurons)
        The neurons' trace words, a record per tick on which anything changed.
    tick : int array (records,)
    clock : bool array (records,), optional
        The shared clock, where it is traced.

    Raises
    ------
    LockstepError
        With the invariant and the tick, if one does not hold.
    """
    if not neurons.size:
        return

    def flags(name: str) -> np.ndarray:
        return neurons[name].astype(bool)

    def numbers(name: str) -> np.ndarray:
        return neurons[name].astype(np.int64)

    def before(values: np.ndarray) -> np.ndarray:
        return np.concatenate([np.zeros_like(values[:1]), values[:-1]])

    on = int(PowerState.ON)
    gated, enable, ungate = flags("gated"), flags("clock_enable"), flags("clock_ungate")
    power, pending, lost = numbers("power"), numbers("pending"), numbers("lost")
    pulse = numbers("pulses") != before(numbers("pulses"))
    edge = gated != before(gated)
    moved = power != before(power)
    legal = np.zeros((4, 4), bool)
    for first, second in MOVES:
        legal[first, second] = True
    whole = pulse == (edge & gated)
    if clock is not None:
        now, rises = clock[:, None], (clock & ~before(clock))[:, None]
        falls = (~clock & before(clock))[:, None]
        whole &= ~gated | now  # within a pulse of the clock
        whole &= ~edge | np.where(gated, rises, falls)  # from its beginning to its end
    broken = (
        (gated | edge | pulse) & ~((power == on) & (before(power) == on)),
        ~whole,
        ungate & ~enable,
        (pending != 0) & ~enable,
        (flags("request") | (numbers("state") != 0)) & (power != on),
        moved & ~legal[before(power), power],
        (lost != before(lost)) & (before(pending) == 0),
        (before(pending) & ~pending != 0) & ~pulse,
    )
    for name, where in zip(INVARIANTS, broken, strict=True):
        if where.any():
            row, neuron = (int(place) for place in np.argwhere(where)[0])
            raise LockstepError(f"tick {tick[row]}, neuron {neuron}: not so: {name}")

"""What the pins of neurons say about power: switch, isolation and retention."""

from collections.abc import Callable

import numpy as np

from goldspike.cosim.bench.pins import Course, Pins, at, taken_up
from goldspike.model.timing.power_gate import PowerGateParams, PowerState, retention

__all__ = ["power_pins"]


def power_pins(
    params: PowerGateParams, tick: np.ndarray, states: np.ndarray, shown: Callable[..., Course]
) -> Pins:
    """Return the courses of `power`, `isolate` and `retain`, a line per neuron.

    Parameters
    ----------
    params : PowerGateParams
    tick, states : int arrays (records,), (records, neurons)
        From which tick on each neuron is in which :class:`PowerState`.
    shown : function
        How a pin shows a state: ``held`` or ``taken_up``.
    """
    changes = [taken_up(*retention(params, tick, column), 1) for column in states.T]
    moments = np.unique(np.concatenate([since[1:] for since, _ in changes]))
    retained = np.stack([at(course, moments) for course in changes], axis=1)
    return {
        "power": shown(tick, states != PowerState.OFF),
        "isolate": shown(tick, states != PowerState.ON, 1),
        "retain": shown(moments, retained, 1),
    }

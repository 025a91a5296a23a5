"""What a core's trace holds, from what its golden model shows on every tick."""

from typing import Any

import numpy as np

from goldspike.model.trace import pack_bits
from goldspike.model.truenorth.core import CoreParams

__all__ = ["core_records"]


def core_records(
    params: CoreParams,
    ticks: np.ndarray,
    shown: dict[str, np.ndarray],
    begins: np.ndarray,
    active: np.ndarray,
) -> dict[str, np.ndarray]:
    """Return the records of a core's parts.

    Parameters
    ----------
    params : CoreParams
    ticks : int64 (ticks,)
    shown : dict of int arrays (ticks,)
        By :data:`goldspike.model.truenorth.core.COLUMNS`.
    begins : bool (ticks,)
        A step begins.
    active : uint8 (steps, axons)
        Active axons of every step.
    """
    bits = (1 << params.neuron.potential_bits) - 1
    moments: dict[str, tuple[np.ndarray, dict[str, np.ndarray]]] = {
        "spike": (
            shown["spike_valid"] == 1,
            {**shown, "slot": shown["spike_slot"], "axon": shown["spike_axon"]},
        ),
        "active": (begins, {}),
        "controller": (shown["busy"] == 1, shown),
        "write_back": (
            shown["write_back"] == 1,
            {**shown, "potential": shown["potential"] & bits},
        ),
    }
    found = {}
    for name, layout in params.parts:
        when, values = moments[name]
        records: Any = np.zeros(int(when.sum()), layout.record_dtype)
        records["tick"] = ticks[when]
        for field in layout.fields:
            lines = pack_bits(active) if field.bitmap else values[field.name][when]
            records[field.name] = lines
        found[name] = records
    return found

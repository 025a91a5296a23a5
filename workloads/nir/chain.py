"""A network of floats, and what keeps it from the chip."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError

__all__ = ["Chain", "FloatLayer", "Misfit", "Misfits", "refuse_misfits"]


@dataclass(frozen=True, eq=False)
class FloatLayer:
    """A linear map and the neurons behind it, before any rounding.

    Attributes
    ----------
    name : str
        Of the nodes, for messages.
    weight : float64 (inputs, outputs)
        By how much a spike lifts each potential: the node's weight times R (IF), or times
        R dt / tau (LIF).
    threshold : float64 (outputs,)
        A read-out's is whatever the weights are scaled to.
    tau : float64 (outputs,)
        Time constant of the leak in seconds, infinite without one.
    slope : float64 (outputs,) or None
        Rise of each potential per second that the bias makes, the leak aside; None without one.
    readout : bool
        Whether the potentials are read instead of spikes: an LI or I node at the end.
    """

    name: str
    weight: NDArray[np.float64]
    threshold: NDArray[np.float64]
    tau: NDArray[np.float64]
    slope: NDArray[np.float64] | None = None
    readout: bool = False


@dataclass(frozen=True, eq=False)
class Chain:
    """A feed-forward network of floats.

    Attributes
    ----------
    layers : tuple of FloatLayer
    notes : tuple of str
        What reading had to decide, one sentence each.
    meta : dict of str to value
        What our own export wrote about the network.
    """

    layers: tuple[FloatLayer, ...]
    notes: tuple[str, ...] = ()
    meta: dict[str, Any] | None = None

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, then the neurons of each layer."""
        if not self.layers:
            return ()
        return (self.layers[0].weight.shape[0], *(layer.threshold.size for layer in self.layers))


class Misfit(IntEnum):
    """What does not fit, in the order of what can be changed least."""

    SIZE = 0
    KIND = 1
    VALUE = 2
    LEAK = 3
    ROUNDING = 4


Misfits = list[tuple[Misfit, str]]
"""Everything that does not fit, with a sentence each, without its full stop."""


def refuse_misfits(misfits: Misfits) -> None:
    """Raise one error for all misfits, what can be changed least first; none, none.

    Raises
    ------
    InputError
        If there is any.
    """
    said: Sequence[str] = [text for _, text in sorted(misfits, key=lambda item: item[0])]
    if len(said) == 1:
        raise InputError(f"{said[0]}.")
    if said:
        parts = "; ".join(f"({k}) {text}" for k, text in enumerate(said, start=1))
        raise InputError(f"{len(said)} things do not fit: {parts}.")

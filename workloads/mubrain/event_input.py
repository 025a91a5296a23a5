"""Recorded events on µBrain's AER input: pixels to addresses, times to ticks.

The sender that is assumed between a recording and the chip maps, delays and counts; what it cannot
do it refuses. It sends the events in their order, the first on tick 1 (tick 0 clears the chip), the
others as much later as they were recorded, to the nearest tick, but at least
:data:`~goldspike.model.mubrain.aer_input.EVENT_DISTANCE` ticks after the one before.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.mubrain.aer_input import AerInputParams
from goldspike.model.timebase import TICK_NS
from goldspike.workloads.events import Events
from goldspike.workloads.metadata import MOST_SIDE
from goldspike.workloads.mubrain.encoding import serialise

__all__ = ["POLARITIES", "Sent", "send", "to_addresses"]

POLARITIES = ("both", "on", "off")
"""Which events of a camera are sent."""

FIRST_TICK = 1


@dataclass(frozen=True, eq=False)
class Sent:
    """What goes onto the AER input.

    Attributes
    ----------
    tick, address : int64 (events,)
    origin : int
        The file's time, in nanoseconds, of tick 0.
    read : int
        Events in the file.
    deselected : int
        Events of the polarity that was not asked for.
    delayed : int
        Events sent later than recorded, as the one before was too near.
    delay_max : int
        By how many ticks at most.
    """

    tick: NDArray[np.int64]
    address: NDArray[np.int64]
    origin: int
    read: int
    deselected: int
    delayed: int
    delay_max: int

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        keep = ("read", "deselected", "delayed", "delay_max")
        return {"sent": self.tick.size} | {k: v for k, v in asdict(self).items() if k in keep}

    def time(self, tick: NDArray[np.int64], tick_ns: float = TICK_NS) -> NDArray[np.int64]:
        """Return ticks as the file's time, in nanoseconds."""
        return self.origin + np.rint(tick * tick_ns).astype(np.int64)


def to_addresses(
    events: Events, side: int, sensor: tuple[int, int] | None = None, polarity: str = "both"
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return times (ns) and addresses of the events that are sent.

    A sensor of W x H pixels is divided into ``side`` x ``side`` cells of equal size; the pixel
    (x, y) belongs to the cell in column ``x * side // W`` and row ``y * side // H``, and its
    address is ``row * side + column``, as for images.

    Parameters
    ----------
    events : Events
        With addresses they pass as they are, and `sensor` and `polarity` have no meaning.
    side : int
    sensor : tuple of int, optional
        Width and height, where the file does not state it.
    polarity : {"both", "on", "off"}

    Raises
    ------
    InputError
        If the sensor's size is not known or an event lies outside it.
    """
    if polarity not in POLARITIES:
        raise InputError(f"The polarity must be one of {', '.join(POLARITIES)}, not {polarity!r}.")
    if events.address is not None:
        if sensor or polarity != "both":
            raise InputError("A sensor's size and a polarity mean nothing for events by address.")
        return events.t, events.address
    assert events.x is not None and events.y is not None
    if sensor and events.sensor and sensor != events.sensor:
        raise InputError(
            f"The sensor has {_by(events.sensor)} pixels as the file says, not {_by(sensor)}."
        )
    size = sensor or events.sensor
    if size is None:
        raise InputError("The file does not state the sensor's size; --sensor WIDTHxHEIGHT does.")
    if min(size) < 1 or max(size) > MOST_SIDE:
        raise InputError(f"A sensor must have 1..{MOST_SIDE} pixels a side, not {_by(size)}.")
    outside = (events.x < 0) | (events.x >= size[0]) | (events.y < 0) | (events.y >= size[1])
    if outside.any():
        k = int(np.flatnonzero(outside)[0])
        raise InputError(
            f"Event {k} (counted from 0) at x = {events.x[k]}, y = {events.y[k]} is outside the "
            f"sensor of {_by(size)} pixels."
        )
    address = events.y * side // size[1] * side + events.x * side // size[0]
    if polarity == "both":
        return events.t, address
    if events.p is None:
        raise InputError("The file has no polarities to choose from.")
    chosen = events.p == (polarity == "on")
    if not chosen.any():
        raise InputError(f"The file has no event of the polarity {polarity!r}.")
    return events.t[chosen], address[chosen]


def send(
    events: Events,
    params: AerInputParams,
    *,
    sensor: tuple[int, int] | None = None,
    polarity: str = "both",
    tick_ns: float = TICK_NS,
    last_tick: int = (1 << 32) - 1,
) -> Sent:
    """Return the events as the sender puts them onto the chip's AER input.

    An address that the input's pins can carry but that names no line is sent; the chip drops and
    counts it.

    Parameters
    ----------
    events : Events
    params : AerInputParams
    sensor, polarity
        As for :func:`to_addresses`.
    tick_ns : float
        Length of a tick in nanoseconds.
    last_tick : int
        The last tick that the read-out's time can hold.

    Raises
    ------
    InputError
        If an address does not fit the pins, or the events last too long; besides what
        :func:`to_addresses` refuses.
    """
    side = int(params.lines**0.5)
    if events.address is None and side * side != params.lines:
        raise InputError(f"Pixels need a square number of inputs, not {params.lines}.")
    time, address = to_addresses(events, side, sensor, polarity)
    room = 1 << params.address_bits
    wrong = np.flatnonzero((address < 0) | (address >= room))
    if wrong.size:
        raise InputError(
            f"Event {wrong[0]} (counted from 0) has the address {address[wrong[0]]}, but the "
            f"{params.address_bits} address pins carry 0..{room - 1} only."
        )
    span = int(time[-1]) - int(time[0])  # in Python's integers, as it may not fit in 64 bits
    _check_last(span / tick_ns, last_tick, tick_ns)
    meant = FIRST_TICK + np.rint((time - time[0]) / tick_ns).astype(np.int64)
    tick = serialise(meant)
    _check_last(int(tick[-1]), last_tick, tick_ns)
    late = tick - meant
    return Sent(
        tick=tick,
        address=address,
        origin=int(time[0]) - round(FIRST_TICK * tick_ns),
        read=events.t.size,
        deselected=events.t.size - time.size,
        delayed=int(np.count_nonzero(late)),
        delay_max=int(late.max()),
    )


def _check_last(tick: float, last_tick: int, tick_ns: float) -> None:
    """Refuse events after the last tick that the read-out's time can hold."""
    if tick > last_tick:
        raise InputError(
            f"Events may last {last_tick * tick_ns * 1e-9:.1f} s at most, as the read-out's time "
            f"has so many bits, not {tick * tick_ns * 1e-9:.1f} s."
        )


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"

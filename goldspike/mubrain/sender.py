"""What lies between recorded events and the chip: how they are read, sent, and whether they fit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from goldspike.model.errors import InputError
from goldspike.model.mubrain.chip import ChipParams
from goldspike.model.timebase import seconds

if TYPE_CHECKING:  # a run of images needs none of the readers
    from goldspike.workloads.events import Events
    from goldspike.workloads.mubrain.event_input import Sent

__all__ = ["check_counts", "check_time", "pixels", "reading", "to_send"]

_DIGITS = 18
"""Of a number of pixels; more take long to read and are no sensor's."""


def reading(options: Mapping[str, str]) -> dict[str, Any]:
    """Return the options of a recording that :func:`read_events` takes."""
    kept = {name: options.get(name) for name in ("unit", "columns", "begin", "end")}
    return {**kept, "sort": "sort" in options}


def to_send(
    events: "Events", name: str, options: Mapping[str, str], params: ChipParams, tick_ns: float
) -> "Sent":
    """Return events as the sender puts them onto the chip; refusals name the recording."""
    from goldspike.workloads.mubrain.event_input import send

    try:
        return send(
            events, params.aer_input, sensor=pixels(options.get("sensor")),
            polarity=options.get("polarity", "both"), tick_ns=tick_ns,
            last_tick=(1 << params.readout.time_bits) - 1,
        )  # fmt: skip
    except InputError as error:
        raise InputError(f"{name}: {str(error)[:1].lower()}{str(error)[1:]}") from None


def check_counts(output: tuple[np.ndarray, np.ndarray], chip: ChipParams, events: str) -> None:
    """Refuse a recording in which a class spikes more often than the read-out can count."""
    most = int(np.bincount(output[1], minlength=1).max())
    room = (1 << chip.readout.count_bits) - 1
    if most > room:
        raise InputError(
            f"{events}: the read-out counts to {room} spikes of a class, but one has {most}; cut "
            "the recording (--from, --to)."
        )


def check_time(ticks: int, chip: ChipParams, sample: str) -> None:
    """Refuse a run that lasts longer than the read-out's time can hold.

    Raises
    ------
    InputError
        If it does: times behind that have wrapped, and the answer with them.
    """
    most = (1 << chip.readout.time_bits) - 1
    if ticks > most:
        raise InputError(
            f"{sample}: expected a run of at most {most} ticks ({seconds(most):.1f} s), which is "
            f"what the read-out's time holds, but it takes {ticks}; shorter delays or a shorter "
            "window help."
        )


def pixels(text: str | None) -> tuple[int, int] | None:
    """Read a sensor's size."""
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()) or max(len(width), len(height)) > _DIGITS:
        raise InputError(f"A sensor's size must read WIDTHxHEIGHT, such as 128x128, not {text!r}.")
    return int(width), int(height)

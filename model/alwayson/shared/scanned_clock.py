"""The clock generator of a block, whose ring length and divisor stand in a scan chain."""

from goldspike.model.params import require_int
from goldspike.model.timing.oscillator import OscillatorParams

__all__ = ["scanned_oscillator", "waking_clock"]


def scanned_oscillator(length_bits: int, divide_bits: int) -> OscillatorParams:
    """Return a configurable generator for fields of 1..16 and 1..12 bits.

    Raises
    ------
    ValueError
        If a width is out of its range.
    """
    require_int("length_bits", length_bits, 1, 16)
    require_int("divide_bits", divide_bits, 1, 12)
    longest = (1 << length_bits) - 1
    return OscillatorParams(
        low=longest, high=longest, divide=(1 << divide_bits) - 1, configurable=True
    )


def waking_clock(
    oscillator: OscillatorParams, length: int, divide: int, waking: int, what: str
) -> OscillatorParams:
    """Return what the generator is at these settings.

    Parameters
    ----------
    oscillator : OscillatorParams
    length, divide : int
        What the scan chain holds.
    waking : int
        Ticks that `what` takes to wake.
    what : str
        As in "a neuron".

    Raises
    ------
    ValueError
        If they do not fit, or if the low phase is too short to wake in.
    """
    clock = oscillator.set_to(length, divide)
    if clock.low_phase < waking:
        raise ValueError(
            f"the clock's low phase must be at least the {waking} ticks that {what} takes to wake, "
            f"not {clock.low_phase}"
        )
    return clock

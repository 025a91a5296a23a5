"""Energy of a run by either of two published measures, which must never be added.

Ref: Merolla 2014, as used by Diehl et al. ("less than 0.025 % of the cores", 17 µW): 70 mW for
4,096 cores that step every millisecond, at 20 Hz and 128 synapses per neuron.

- per event: 70 mW / (2**20 neurons x 20 Hz x 128) = 26 pJ, all else that a core does included;
  right at that activity;
- per core: 70 mW / 4096 = 17.09 µW, whatever it does; that is 17.09 nJ per step of 1 ms.
"""

__all__ = ["CORE_UW", "ENERGY_MODEL", "EVENT_PJ", "energy"]

CHIP_MW = 70.0
"""Power of the chip in milliwatts (Merolla 2014)."""
CORES = 4096
NEURONS, RATE_HZ, SYNAPSES = 2**20, 20, 128
"""The chip's neurons, their mean rate, and synapses per spike at that power."""

CORE_UW = 1e3 * CHIP_MW / CORES
"""17.09 µW per core."""
EVENT_PJ = 1e9 * CHIP_MW / (NEURONS * RATE_HZ * SYNAPSES)
"""26.08 pJ per synaptic event."""

ENERGY_MODEL = (
    "26.08 pJ per synaptic event (70 mW at 20 Hz and 128 synapses); nJ_per_sample_by_cores is the "
    "other reading, 17.09 µW per core used, a step being 1 ms; never add the two"
)


def energy(events: int, core_steps: int, samples: int) -> dict[str, object]:
    """Return what a report says of energy.

    Parameters
    ----------
    events : int
        Synaptic events.
    core_steps : int
        Steps, summed over the cores that are used.
    samples : int
    """
    return {
        "model": ENERGY_MODEL,
        "nJ_per_sample": round(events * EVENT_PJ / samples / 1e3, 6),
        "nJ_per_sample_by_cores": round(core_steps * CORE_UW / samples, 6),
    }

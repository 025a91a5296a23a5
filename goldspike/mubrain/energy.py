"""Energy of a sample by the paper's own measures: so much per spike, so much by leakage.

Ref: Stuijt 2021, section 4 and its footnote 3, Table 2; 40 nm, 1.1 V. "µBrain consumes around 26 pJ
per spike (including communication, neuron accumulation, and synaptic read)", 11,500 spikes per
MNIST image, 6,400 of which are input, in 4.2 ms, 308 nJ per image. :data:`PJ_PER_SPIKE` is that
measure: static share included, right at the paper's mean activity.

How much of it is static, the paper says twice, and not the same:

- ``text``: "out of which 30% is static power";
- ``footnote``: "53 µA leak current and 74 µA total current in 42 s of classifying 10,000 samples",
  which is 71.6 % static (the text's 30 % is near what the footnote leaves as dynamic, 28.4 %), and
  at 1.1 V makes 342 nJ per image, not 308.

Both are given here as a model of their own, a static power and a dynamic energy per spike, so that
a run of another activity or length can be read by either. The static power is that of the whole
chip, 37,366 weights; the paper says that it grows linearly with the connectivity.
"""

from dataclasses import dataclass

__all__ = [
    "ENERGY_MODEL",
    "PAPER_NJ",
    "PAPER_RADAR_NJ",
    "PAPER_SECONDS",
    "PAPER_SPIKES",
    "PJ_PER_SPIKE",
    "SPLITS",
    "Split",
    "energy",
]

PJ_PER_SPIKE = 26.0
"""Energy per spike in picojoules, static share included (Stuijt 2021, section 4)."""

PAPER_SPIKES = 11_500
"""Spikes per MNIST image, input included (section 4)."""

PAPER_SECONDS = 4.2e-3
"""Time per MNIST image (Table 2; 42 s for 10,000 of them)."""

PAPER_NJ, PAPER_RADAR_NJ = 308.0, 340.0
"""Energy per MNIST image (section 3.2) and per radar gesture (section 3.3)."""

SUPPLY_V, TOTAL_UA, LEAK_UA = 1.1, 74.0, 53.0
"""Supply, and currents in microamperes (footnote 3)."""

TEXT_STATIC = 0.30
"""Static share (section 4)."""

ENERGY_MODEL = "26 pJ per spike, input spikes included (Stuijt 2021, section 4)"


@dataclass(frozen=True, kw_only=True)
class Split:
    """A reading of the paper's energy as static power and energy per spike.

    Parameters
    ----------
    source : str
        What it is read from.
    static_uw : float
        Power while nothing happens, in microwatts.
    pj_per_spike : float
        What a spike costs on top, in picojoules.
    """

    source: str
    static_uw: float
    pj_per_spike: float

    def sample(self, spikes: float, seconds: float) -> dict[str, float]:
        """Return static and dynamic energy of a sample in nanojoules, and their sum."""
        static, dynamic = self.static_uw * seconds * 1e3, spikes * self.pj_per_spike * 1e-3
        return {"static_nJ": static, "dynamic_nJ": dynamic, "nJ_per_sample": static + dynamic}


def from_text() -> Split:
    """Return the split by the text: 30 % of the 26 pJ are static power over 4.2 ms."""
    image_nj = PJ_PER_SPIKE * PAPER_SPIKES * 1e-3
    return Split(
        source="30 % of 26 pJ per spike is static (Stuijt 2021, section 4)",
        static_uw=TEXT_STATIC * image_nj * 1e-3 / PAPER_SECONDS,
        pj_per_spike=(1 - TEXT_STATIC) * PJ_PER_SPIKE,
    )


def from_footnote() -> Split:
    """Return the split by the footnote: 53 of 74 µA leak; the rest goes to 11,500 spikes."""
    dynamic_uw = (TOTAL_UA - LEAK_UA) * SUPPLY_V
    return Split(
        source="53 of 74 uA at 1.1 V leak (Stuijt 2021, footnote 3)",
        static_uw=LEAK_UA * SUPPLY_V,
        pj_per_spike=dynamic_uw * PAPER_SECONDS * 1e6 / PAPER_SPIKES,
    )


SPLITS = {"text": from_text(), "footnote": from_footnote()}
"""The two readings, which contradict each other."""


def energy(spikes: float, seconds: float) -> dict:
    """Return the energy report of a mean sample.

    Parameters
    ----------
    spikes : float
        Spikes, input included.
    seconds : float
        How long it took on the chip.
    """
    return {
        "model": ENERGY_MODEL,
        "spikes_per_sample": spikes,
        "nJ_per_sample": spikes * PJ_PER_SPIKE * 1e-3,
        "splits": {
            name: {"model": split.source, **split.sample(spikes, seconds)}
            for name, split in SPLITS.items()
        },
    }

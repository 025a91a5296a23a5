"""The always-on SNN as its user sees it: reports so far."""

from goldspike.chip import Chip

__all__ = ["CHIP", "AlwaysOn"]


class AlwaysOn(Chip):
    """The always-on SNN (Chundi 2021): neurons that sleep until a spike wakes them."""

    name = "alwayson"
    title = "always-on SNN"
    sentence = "neurons that a spike wakes: power gating, on-demand clock, wake-up circuits"


CHIP = AlwaysOn

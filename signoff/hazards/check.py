"""Whether a self-timed circuit has glitches where they matter, or says why they do no harm."""

from amaranth.lib import wiring

from goldspike.signoff.hazards.cones import Net, sensitive, unexplained
from goldspike.signoff.hazards.netlist import netlist
from goldspike.signoff.hazards.reasons import REASONS, STILL

__all__ = ["nets_with_reasons", "unexplained_glitches"]


def nets_with_reasons(component: wiring.Component) -> list[Net]:
    """Return the nets of a circuit that have more than one source and that something watches."""
    return list(sensitive(netlist(component), STILL, REASONS))


def unexplained_glitches(component: wiring.Component) -> list[str]:
    """Return a sentence for each net that may glitch and for which no reason holds."""
    return list(unexplained(nets_with_reasons(component)))

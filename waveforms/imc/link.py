"""A scene of the link: a short stimulus, and the signals to look at."""

from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.imc.link import LinkBench

__all__ = ["view"]


def view(bench: LinkBench) -> View:
    """Watch the budget."""
    return View(
        "Link",
        "Dazzi 2021, section 3.1.4, Eq. 7",
        (
            Group("Sender", (Wave("step", mark=True), Wave("valid"), Wave("ready"))),
            Group("Budget", (Wave("left", show="analog"),)),
            Group("Receivers", (Wave("o_ready", show="set"), Wave("o_valid", show="set"))),
        ),
    )

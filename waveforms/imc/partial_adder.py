"""A scene of the partial adder: a short stimulus, and the signals to look at."""

from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.imc.partial_adder import PartialAdderBench

__all__ = ["view"]


def view(bench: PartialAdderBench) -> View:
    """Watch partial sums wait, and be added channel by channel."""
    return View(
        "Partial adder",
        "Dazzi 2021, section 2.4.4",
        (
            Group("In", (Wave("push"), Wave("room"), Wave("waits"))),
            Group("Add", (Wave("start", mark=True), Wave("channel", show="analog"), Wave("sum"))),
            Group("Out", (Wave("busy"),)),
        ),
    )

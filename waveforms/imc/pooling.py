"""A scene of the pooling: a short stimulus, and the signals to look at."""

from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.imc.pooling import PoolingBench

__all__ = ["view"]


def view(bench: PoolingBench) -> View:
    """Watch the mean leave with the last pixel."""
    return View(
        "Global mean pooling",
        "Dazzi 2021, section 3.1",
        (
            Group("In", (Wave("valid"), Wave("ready"), Wave("pixel", show="analog"))),
            Group("Out", (Wave("push", mark=True), Wave("mean", show="hex"))),
        ),
    )

"""A scene of the sum packer: a short stimulus, and the signals to look at."""

from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.imc.sum_packer import SumPackerBench

__all__ = ["view"]


def view(bench: SumPackerBench) -> View:
    """Watch sums become lanes of words."""
    return View(
        "Sum packer",
        "Dazzi 2021, section 2.4.4",
        (
            Group("Pixel", (Wave("start", mark=True), Wave("busy"), Wave("done"))),
            Group("Sum", (Wave("channel", show="analog"), Wave("lane"), Wave("number"))),
            Group("Word", (Wave("push"), Wave("word"), Wave("last"))),
        ),
    )

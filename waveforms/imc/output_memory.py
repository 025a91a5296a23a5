"""A scene of the output memory: a short stimulus, and the signals to look at."""

from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.imc.output_memory import OutputMemoryBench

__all__ = ["view"]


def view(bench: OutputMemoryBench) -> View:
    """Watch pixels wait for the next timestep."""
    return View(
        "Output memory",
        "Dazzi 2021, Fig. 1C",
        (
            Group("In", (Wave("push"), Wave("room"))),
            Group("Held", (Wave("held", show="analog"), Wave("offered", show="analog"))),
            Group("Out", (Wave("offer", mark=True), Wave("valid"), Wave("ready"))),
        ),
    )

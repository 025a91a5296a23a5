"""A scene of the fully connected: a short stimulus, and the signals to look at."""

from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.imc.fully_connected import FullyConnectedBench
from goldspike.hdl.imc.fully_connected import State

__all__ = ["view"]


def view(bench: FullyConnectedBench) -> View:
    """Watch the classes being compared."""
    states = {state.value: state.name.lower() for state in State}
    return View(
        "Fully connected layer",
        "Dazzi 2021, section 3.1",
        (
            Group("In", (Wave("valid"), Wave("ready"))),
            Group("State", (Wave("state", names=states), Wave("index"))),
            Group("Scores", (Wave("score", show="signed"), Wave("best", show="signed"))),
            Group("Answer", (Wave("answered", mark=True), Wave("answer"))),
        ),
    )

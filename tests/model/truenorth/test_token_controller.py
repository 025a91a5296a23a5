"""The controller's ticks against their formula, and its order against sorted events."""

import numpy as np
import pytest

from goldspike.model.truenorth.token_controller import (
    State,
    TokenControllerModel,
    TokenControllerParams,
)


@pytest.mark.parametrize(("axons", "neurons"), [(1, 1), (5, 3), (40, 24)])
def test_a_step(axons: int, neurons: int) -> None:
    rng = np.random.default_rng(axons)
    params = TokenControllerParams(axons=axons, neurons=neurons)
    model = TokenControllerModel(params)
    for _ in range(10):
        connected = [set(np.flatnonzero(rng.random(axons) < 0.4).tolist()) for _ in range(neurons)]
        seen: list[list[int]] = [[] for _ in range(neurons)]
        ticks, stalls, written = 0, 0, []
        while True:
            pins = model.tick(
                sync=ticks == 0, clear=False, events=connected[model.neuron], send=True,
                out_ready=rng.random() < 0.5,
            )  # fmt: skip
            ticks += 1
            stalls += pins["stall"]
            if pins["integrate"]:
                seen[pins["neuron"]].append(pins["axon"])
            if pins["write_back"]:
                written.append(pins["neuron"])
            if model.state == State.STANDBY:
                break
        assert seen == [sorted(events) for events in connected]
        assert written == list(range(neurons))
        assert ticks == params.ticks(sum(map(len, connected))) + stalls


def test_clear_erases_every_potential_and_wins() -> None:
    model = TokenControllerModel(TokenControllerParams(axons=2, neurons=3))
    rest = {"events": set[int](), "send": False, "out_ready": True}
    model.tick(sync=True, clear=True, **rest)
    erased = [model.tick(sync=True, clear=True, **rest) for _ in range(3)]
    assert [(pins["erase"], pins["neuron"]) for pins in erased] == [(1, 0), (1, 1), (1, 2)]
    assert model.state == State.STANDBY

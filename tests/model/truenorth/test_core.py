"""The core against its parts' own models, tick by tick."""

from collections.abc import Callable

import numpy as np
import pytest

from goldspike.model.truenorth.core import COLUMNS, CoreParams, core_tick, cores_of
from goldspike.model.truenorth.scheduler import SchedulerModel
from goldspike.model.truenorth.shared.image import CoreImage
from goldspike.model.truenorth.token_controller import TokenControllerModel


@pytest.mark.parametrize(("axons", "neurons"), [(1, 1), (5, 3), (40, 24)])
def test_ticks_are_those_of_controller_and_scheduler(
    random_image: Callable[..., CoreImage], axons: int, neurons: int
) -> None:
    rng = np.random.default_rng(neurons)
    image = random_image(rng, axons, neurons)
    params = CoreParams(axons=axons, neurons=neurons)
    cores = cores_of([image], params)
    controller = TokenControllerModel(params.controller)
    scheduler = SchedulerModel(params.scheduler)
    out, slot, erasures, stalls = np.zeros((1, len(COLUMNS)), np.int64), 0, 0, 0
    for _ in range(6000):
        sync, clear = rng.random() < 0.3, rng.random() < 0.05
        spike, ready = rng.random() < 0.3, rng.random() < 0.5
        where, axon = int(rng.integers(0, 16)), int(rng.integers(0, axons))
        core_tick(cores, 0, sync, clear, spike, where, axon, ready, out)
        shown = dict(zip(COLUMNS, out[0].tolist(), strict=True))
        rests = not controller.state
        connected = set(np.flatnonzero(image.connected[:, controller.neuron]).tolist())
        pins = controller.tick(
            sync=sync, clear=clear, events=scheduler.active & connected,
            send=bool(shown["out_valid"]), out_ready=ready,
        )  # fmt: skip
        for name in ("busy", "neuron", "integrate", "axon", "fire", "stall", "write_back"):
            assert shown[name] == pins[name], name
        assert shown["slot"] == slot
        cleared, synced = rests and clear, rests and sync and not clear
        merged = scheduler.tick(
            write=spike, slot=where, axon=axon, sync=synced, sync_slot=slot, clear=cleared
        )
        assert shown["merged"] == merged
        slot = 0 if cleared else (slot + synced) % 16
        erasures, stalls = erasures + pins["erase"], stalls + pins["stall"]
    assert erasures
    assert stalls or neurons == 1  # a single neuron may send nowhere


def test_an_image_of_another_size_is_refused(random_image: Callable[..., CoreImage]) -> None:
    image = random_image(np.random.default_rng(0), 4, 3)
    with pytest.raises(ValueError, match="4 axons and 3 neurons does not fit"):
        cores_of([image], CoreParams())

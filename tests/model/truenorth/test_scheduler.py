"""The scheduler against a list of spikes with their steps."""

import numpy as np

from goldspike.model.truenorth.scheduler import SchedulerModel, SchedulerParams


def test_spikes_arrive_once_in_their_step() -> None:
    rng = np.random.default_rng(3)
    model = SchedulerModel(SchedulerParams(axons=7))
    due: dict[int, set[int]] = {}
    for step in range(300):
        model.tick(write=False, slot=0, axon=0, sync=True, sync_slot=step % 16, clear=False)
        assert model.active == due.pop(step, set())
        for _ in range(int(rng.integers(0, 5))):
            delay, axon = int(rng.integers(1, 16)), int(rng.integers(0, 7))
            merged = model.tick(
                write=True, slot=(step + delay) % 16, axon=axon, sync=False, sync_slot=0,
                clear=False,
            )  # fmt: skip
            known = due.setdefault(step + delay, set())
            assert merged == (axon in known)
            known.add(axon)
    model.tick(write=True, slot=1, axon=1, sync=True, sync_slot=2, clear=True)
    assert not model.active
    assert not any(model.slots)


def test_a_write_to_the_slot_of_sync_stays_for_the_next_round() -> None:
    model = SchedulerModel(SchedulerParams(axons=4))
    assert not model.tick(write=True, slot=5, axon=2, sync=True, sync_slot=5, clear=False)
    assert (model.active, model.slots[5]) == (set(), {2})

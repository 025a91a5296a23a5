"""The scheduler: which axons get a spike, 16 steps ahead.

Ref: Merolla 2014, Akopyan 2015: a bit per slot and axon. A packet carries the number of its slot,
computed by the sender (ours). `sync` begins a step: the slot's bits go to the active register and
the slot is cleared, in one tick. Two spikes for one slot and axon merge, and `merged` says so.

Coincidences, ours: a write to the slot that `sync` takes is not of this step, but of the one 16
steps later (no sender does that: the least delay is 1, the largest 15). `clear` wins over both.
"""

from dataclasses import dataclass

from goldspike.model.trace import Field, TraceLayout
from goldspike.model.truenorth.shared.sizes import AxonCount

__all__ = ["SLOTS", "SchedulerModel", "SchedulerParams"]

SLOTS = 16


@dataclass(frozen=True, kw_only=True)
class SchedulerParams(AxonCount):
    """A scheduler of `axons` axons."""

    @property
    def trace(self) -> TraceLayout:
        """Traced with every spike, `sync` and `clear`: the spike's slot, if any; active axons."""
        return TraceLayout(
            (
                Field("stored", self.axons, bitmap=True),
                Field("active", self.axons, bitmap=True),
            )
        )


class SchedulerModel:
    """A scheduler, tick by tick.

    Attributes
    ----------
    slots : list of set of int
        Axons with a spike, by slot.
    active : set of int
        Axons of the step that runs.
    """

    def __init__(self, params: SchedulerParams) -> None:
        self.params = params
        self.slots: list[set[int]] = [set() for _ in range(SLOTS)]
        self.active: set[int] = set()

    def tick(
        self, *, write: bool, slot: int, axon: int, sync: bool, sync_slot: int, clear: bool
    ) -> bool:
        """Go on by a tick; return `merged`: whether the bit that is written was set already."""
        if clear:
            self.__init__(self.params)
            return False
        if sync:
            self.active, self.slots[sync_slot] = self.slots[sync_slot], set()
        merged = write and axon in self.slots[slot]
        if write:
            self.slots[slot].add(axon)
        return merged

"""What is traced of a chip whose counts are taken from the trace: who is awake, and when.

The layout of :attr:`goldspike.model.alwayson.chip.ChipParams.trace` says what a chip did; this one
has, after it, everything from which :data:`.fast_room.FAST_COUNTS` follow.
"""

from goldspike.model.alwayson.chip import ChipParams
from goldspike.model.trace import Field, TraceLayout

__all__ = ["BITMAPS", "activity_of", "counted_trace"]

BITMAPS = ("clock_enable", "clock_ungate", "gated", "power")
"""Of every neuron, as :attr:`goldspike.model.alwayson.neuron.NeuronParams.trace` has them; `power`:
not off."""


def activity_of(neurons: int) -> TraceLayout:
    """Return what is traced of a block of `neurons`: its clock, and the bitmaps."""
    bitmaps = (Field(name, neurons, bitmap=True) for name in BITMAPS)
    return TraceLayout((Field("clock", 1), *bitmaps))


def counted_trace(params: ChipParams) -> TraceLayout:
    """Return the layout of a chip's trace followed by the activity of all neuron blocks."""
    fields = list(params.trace.fields)
    for k, size in enumerate(params.layers):
        for part in activity_of(size).fields:
            fields.append(Field(f"neurons_{k}_{part.name}", part.bits, part.count, part.bitmap))
    return TraceLayout(tuple(fields))

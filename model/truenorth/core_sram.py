"""The core's memory: a row per neuron with its synapses, its state and its destination.

Ref: Akopyan 2015: 410 bits per neuron, of which 256 are synapses. Ours: the order of a row, that a
step writes back the potential alone, and that the types of axons lie beside the rows.

A row is loaded as a whole, and read as a whole: it is at the output from the tick after `read`
until the next one. A read on the tick of a write to the same row gives what was there before.
Nothing is forgotten on reset.
"""

from dataclasses import dataclass, field

from goldspike.model.trace import Field, TraceLayout
from goldspike.model.truenorth.neuron import NeuronParams
from goldspike.model.truenorth.shared.image import CoreImage
from goldspike.model.truenorth.shared.sizes import CoreSize

__all__ = ["CoreSramModel", "CoreSramParams", "row_of"]


@dataclass(frozen=True, kw_only=True)
class CoreSramParams(CoreSize):
    """A memory.

    Parameters
    ----------
    axons, neurons : int
        Synapses of a row, rows.
    neuron : NeuronParams
        Widths of the state.
    """

    neuron: NeuronParams = field(default_factory=NeuronParams)

    @property
    def fields(self) -> tuple[tuple[str, int], ...]:
        """Names and widths of the parts of a row, lowest first."""
        return (
            ("synapses", self.axons),
            ("potential", self.neuron.potential_bits),
            *self.neuron.fields,
            ("dx", 9),
            ("dy", 9),
            ("axon", self.axon_bits),
            ("delay", 4),
        )

    @property
    def row_bits(self) -> int:
        """Bits of a row: 410 as published."""
        return sum(width for _, width in self.fields)

    @property
    def trace(self) -> TraceLayout:
        """Traced with every read: the row."""
        return TraceLayout((Field("row", self.row_bits, bitmap=True),))


def row_of(image: CoreImage, neuron: int, params: CoreSramParams) -> int:
    """Return a neuron's row as one number, first field lowest; two's complement if negative."""
    record = image.neurons[neuron]
    values = {name: int(record[name]) for name in record.dtype.names if record[name].ndim == 0}
    for k in range(4):
        values[f"weight_{k}"] = int(record["weights"][k])
        values[f"stochastic_weight_{k}"] = int(record["stochastic_weights"][k])
    values["synapses"] = sum(1 << int(axon) for axon in image.connected[:, neuron].nonzero()[0])
    row, place = 0, 0
    for name, width in params.fields:
        row |= (values[name] & ((1 << width) - 1)) << place
        place += width
    return row


class CoreSramModel:
    """A memory, tick by tick; rows are numbers, as the circuit holds them."""

    def __init__(self, params: CoreSramParams) -> None:
        self.params = params
        self.rows = [0] * params.neurons
        self.types = [0] * params.axons
        self.row = 0

    def tick(
        self,
        *,
        read: bool = False,
        read_neuron: int = 0,
        write: bool = False,
        write_neuron: int = 0,
        potential: int = 0,
        load: bool = False,
        load_neuron: int = 0,
        load_row: int = 0,
        load_types: bool = False,
        types: int = 0,
    ) -> None:
        """Go on by a tick; `potential` is written as it is, in two's complement."""
        if read:
            self.row = self.rows[read_neuron]
        if write:
            bits, place = self.params.neuron.potential_bits, self.params.axons
            kept = self.rows[write_neuron] & ~(((1 << bits) - 1) << place)
            self.rows[write_neuron] = kept | (potential & ((1 << bits) - 1)) << place
        if load:
            self.rows[load_neuron] = load_row
        if load_types:
            self.types = [types >> 2 * axon & 3 for axon in range(self.params.axons)]

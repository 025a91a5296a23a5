"""The trace port: how a circuit shows the state that its golden model also has.

Ports, only with ``trace=True``; without it not a gate is added:

``trace_happens``
    Combinational: something worth a record happens on this tick.
``trace_valid``, ``trace_toggle``
    After such a tick `trace_valid` is up and `trace_toggle` has changed.
``trace_word``
    The state, laid out by :class:`goldspike.model.trace.TraceLayout`.

In ``cell`` there is `trace_word` only: whatever happens changes it.
"""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, ValueLike
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.model.trace import TraceLayout

__all__ = [
    "Changes",
    "cell_trace_ports",
    "combine",
    "drive_changes",
    "drive_trace",
    "pack",
    "trace_ports",
    "unpack",
]


def trace_ports(layout: TraceLayout, trace: bool) -> dict[str, wiring.Member]:
    """Return the members of the trace port, or none."""
    if not trace:
        return {}
    return {
        "trace_happens": Out(1),
        "trace_valid": Out(1),
        "trace_toggle": Out(1),
        "trace_word": Out(layout.width),
    }


def cell_trace_ports(layout: TraceLayout, trace: bool) -> dict[str, wiring.Member]:
    """Return the member of the trace port of a ``cell`` circuit, or none."""
    return {"trace_word": Out(layout.width)} if trace else {}


def pack(layout: TraceLayout, **values: ValueLike | Sequence[ValueLike]) -> Value:
    """Return the trace word made of `values`, one per field; a sequence for a field of several."""
    parts = []
    for field in layout.fields:
        value = values.pop(field.name)
        elements = [value] if field.count is None else value
        assert field.count is None or len(elements) == field.count  # type: ignore[arg-type]
        for element in elements:  # type: ignore[union-attr]
            bits = Value.cast(element)[: field.bits]
            parts += [bits, Const(0, 8 * field.element_bytes - len(bits))]
    assert not values, f"no such trace fields: {sorted(values)}"
    return Cat(*parts)


def unpack(layout: TraceLayout, word: Value) -> dict[str, Value]:
    """Return the fields of a trace word by name, of a layout without arrays."""
    found, place = {}, 0
    for field in layout.fields:
        found[field.name] = word[place : place + field.bits]
        place += 8 * field.element_bytes
    return found


def combine(parts: Sequence[tuple[Any, TraceLayout]]) -> Value:
    """Return the word of ``TraceLayout.combined`` out of the parts' trace ports."""
    flags = [Cat(part.trace_valid, Const(0, 7)) for part, _ in parts]
    words = [Cat(part.trace_word, Const(0, 8 * layout.padding)) for part, layout in parts]
    return Cat(flags, Const(0, 8 * (-len(parts) % 4)), words)


def drive_trace(m: Module, ports: Any, happens: ValueLike, word: ValueLike) -> None:
    """Drive the trace port of `ports`: `happens` on this tick, and the word."""
    m.d.comb += [
        ports.trace_happens.eq(happens),
        # zero in between, so that a simulator need not put the word together on every tick
        ports.trace_word.eq(Mux(ports.trace_valid, word, 0)),
    ]
    m.d.sync += [
        ports.trace_valid.eq(ports.trace_happens),
        ports.trace_toggle.eq(ports.trace_toggle ^ ports.trace_happens),
    ]


def drive_changes(m: Module, ports: Any, word: Value) -> None:
    """Drive the trace port of `ports`: a record after every tick on which `word` changed.

    The word is zero after reset. Whether it changes is known only when it has, so `trace_happens`
    stays low; such a circuit's trace is no part of a larger one's (:func:`combine`).
    """
    last = Signal(len(word))
    toggled = Signal()
    m.d.comb += [
        ports.trace_word.eq(word),
        ports.trace_valid.eq(word != last),
        ports.trace_toggle.eq(toggled ^ ports.trace_valid),
    ]
    m.d.sync += [last.eq(word), toggled.eq(ports.trace_toggle)]


class Changes(wiring.Component):
    """The trace port of a large circuit, driven by :func:`drive_changes` in a module of its own.

    Its inputs are the fields, as bytes. In the circuit itself the word would be one more name of
    its signals, taken apart and put together again wherever one of them is read.
    """

    def __init__(self, layout: TraceLayout) -> None:
        self.layout = layout
        fields = {field.name: In(TraceLayout((field,)).width) for field in layout.fields}
        super().__init__({**fields, **trace_ports(layout, True)})

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        drive_changes(m, self, Cat(getattr(self, field.name) for field in self.layout.fields))
        return m

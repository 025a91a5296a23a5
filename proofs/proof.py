"""What a proof says about its circuit: properties, what is assumed, what must be reachable.

A proof is a circuit around the circuit. Its properties are plain one-bit signals, written on the
ports and, where induction needs help, on registers inside. They are checked after every tick, for
any input and any number of resets:

`holds`
    True in every state that can be reached.
`helps`
    The same, for what is of no interest by itself but makes the others inductive.
`assumes`
    What the circuit's contract asks of its inputs.
`reaches`
    Shows that the properties are not true for want of anything happening.
`leaves`
    True a number of ticks after *any* state, legal or not, without a reset.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from amaranth.hdl import Const, Elaboratable, Fragment, Module, Mux, Signal, Value, ValueLike
from amaranth.lib.wiring import In

from goldspike.hdl.amaranth_private import memory_size, read_word, rtlil
from goldspike.hdl.bugs import find_part, find_signal
from goldspike.model.paths import circuit_of

__all__ = ["Proof"]


class Proof(Elaboratable, ABC):
    """Base class of all proofs."""

    circuit: ClassVar[str]
    """Folder and stem, such as ``mubrain/arbiter``: those of the proof's own file."""
    rtl: ClassVar[Any]
    """The circuit's class."""
    configs: ClassVar[Mapping[str, Any]]
    """Parameters by name, small ones first."""
    quick: ClassVar[tuple[str, ...]]
    """The configurations that take seconds: what the tests prove and break."""
    bugs: ClassVar[Mapping[str, Any]]
    """For every property that holds, a circuit class of which it does not."""
    depth: ClassVar[int] = 1
    """Ticks of induction: how many good states in a row must imply the next."""
    search: ClassVar[int] = 40
    """Ticks from reset within which every cover is reached and every bug is found."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.circuit = circuit_of(cls.__module__) or cls.circuit

    def __init__(self, config: str, rtl: Any = None) -> None:
        self.config = config
        self.params = self.configs[config]
        self.dut = (rtl or self.rtl)(self.params)
        self.signals: dict[tuple[str, str], Signal] = {}
        self.constants: list[Signal] = []
        self.events: list[Signal] = []
        self.patience: dict[str, int] = {}

    @abstractmethod
    def properties(self, m: Module) -> None:
        """Add the properties of `self.dut` to `m`."""

    def ticks_of_induction(self) -> int:
        """Return how many good states in a row must imply the next."""
        return self.depth

    def elaborate(self, platform: object) -> Module:
        """Build the circuit and the properties around it."""
        m = Module()
        self.fragment = Fragment.get(self.dut, platform)
        m.submodules.dut = self.fragment
        self.m = m
        self.properties(m)
        return m

    def ports(self) -> list[Signal]:
        """Return the circuit's ports and what stands for any value."""
        names = self.dut.signature.members
        return [getattr(self.dut, name) for name in names] + self.constants + self.events

    def inputs(self) -> list[str]:
        """Return the names of the circuit's inputs."""
        return [name for name, member in self.dut.signature.members.items() if member.flow is In]

    @cached_property
    def rtlil(self) -> str:
        """Circuit and properties as RTLIL; every property is a port."""
        fragment = Fragment.get(self, None)
        return rtlil.convert(
            fragment, name="top", ports=[*self.ports(), *self.signals.values()], emit_src=False
        )

    def inside(self, path: str) -> Signal:
        """Return a signal inside the circuit, such as ``oscillator.count``."""
        return find_signal(self.fragment, path)

    def contents(self, path: str, address: ValueLike) -> Signal:
        """Return what a memory inside the circuit holds at an address, without disturbing it."""
        memory = find_part(self.fragment, path.split("."))
        depth, width = memory_size(memory)
        index, word = Signal(range(depth)), Signal(width)
        self.m.d.comb += index.eq(address)
        memory.read_port(domain="comb", addr=index, data=word, en=Const(1), transparent_for=())
        return word

    def read_word(self, path: str) -> Signal:
        """Return what a memory inside the circuit shows at its first read port."""
        return read_word(find_part(self.fragment, path.split(".")))

    def any_value(self, name: str, bound: int) -> Signal:
        """Return a constant of which nothing is known but that it is below `bound`."""
        constant = Signal(range(max(2, bound)), name=f"any_{name}")
        self.constants.append(constant)
        if bound < 1 << len(constant):
            self.assumes(f"any {name} below {bound}", constant < bound)
        return constant

    def any_event(self, name: str) -> Signal:
        """Return an input that comes on any ticks."""
        event = Signal(name=f"event_{name}")
        self.events.append(event)
        return event

    def ticks_since(self, event: ValueLike, most: int) -> Signal:
        """Return the number of ticks since an event, or since any state, up to `most`."""
        ticks = Signal(range(most + 1))
        self.m.d.sync += ticks.eq(Mux(event, 0, Mux(ticks == most, most, ticks + 1)))
        return ticks

    def add(self, kind: str, name: str, condition: ValueLike) -> None:
        """Make a condition a port, by its kind and number."""
        assert (kind, name) not in self.signals, name
        signal = Signal(name=f"{kind}_{len(self.signals)}")
        self.m.d.comb += signal.eq(Value.cast(condition).any())
        self.signals[kind, name] = signal

    def holds(self, name: str, condition: ValueLike) -> None:
        """Claim a property."""
        self.add("holds", name, condition)

    def helps(self, name: str, condition: ValueLike) -> None:
        """Claim what makes the others inductive."""
        self.add("helps", name, condition)

    def assumes(self, name: str, condition: ValueLike) -> None:
        """Restrict the inputs."""
        self.add("assumes", name, condition)

    def reaches(self, name: str, condition: ValueLike) -> None:
        """Claim that a state can be reached."""
        self.add("reaches", name, condition)

    def leaves(self, name: str, condition: ValueLike, ticks: int) -> None:
        """Claim what holds `ticks` ticks after any state."""
        self.add("leaves", name, condition)
        self.patience[name] = ticks

    def names(self, *kinds: str) -> dict[str, str]:
        """Return the signals' names by what they say, for some kinds."""
        return {name: signal.name for (kind, name), signal in self.signals.items() if kind in kinds}

"""An array for proofs: its parts can be named, and its cores may do anything."""

from typing import Any

from amaranth.hdl import Module, Signal
from amaranth.lib.wiring import Out

from goldspike.hdl.imc.array import Array
from goldspike.hdl.imc.core import Core
from goldspike.hdl.imc.fully_connected import FullyConnected
from goldspike.hdl.imc.link import Link
from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.hdl.imc.pooling import Pooling
from goldspike.hdl.imc.shared.stream import Stream
from goldspike.proofs.part import keeping

__all__ = ["AnyCore", "Opened"]

ENDS = (Pooling, OutputMemory, Link, FullyConnected)


class AnyCore(Core):
    """A core that does anything: what leaves it are inputs of the proof."""

    def __init__(self, params: Any, number: int) -> None:
        super().__init__(params)
        self.anything = {
            name: Signal(member.shape, name=f"any_{name}_of_core_{number}")
            for name, member in self.signature.members.items()
            if member.flow is Out
        }

    def elaborate(self, platform: object) -> Module:
        """Build nothing."""
        m = Module()
        m.d.comb += [getattr(self, name).eq(value) for name, value in self.anything.items()]
        return m


class Opened(Array):
    """An array of any cores, whose parts can be named."""

    def build_cores(self, m: Module, platform: object) -> list[Any]:
        """Build cores that do anything."""
        self.cores = [AnyCore(params, k) for k, params in enumerate(self.params.circuits)]
        for k, core in enumerate(self.cores):
            m.submodules[f"core_{k}"] = core
        self.parts: list[Stream] = []
        return self.cores

    def build_end(self, m: Module, step: Signal) -> Any:
        """Build the last layers; keep them."""
        with keeping("goldspike.hdl.imc.array", ENDS) as made:
            found = super().build_end(m, step)
        self.pooling, self.pooled, self.link, self.last = made
        return found

    def lead(self, m: Module, stream: Any, part: Stream, cores: Any, end: Any) -> None:
        """Connect a stream; keep it."""
        self.parts.append(part)
        super().lead(m, stream, part, cores, end)

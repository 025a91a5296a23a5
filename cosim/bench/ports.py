"""The ports of a circuit, as arrays see them."""

import warnings
from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Shape, UnusedElaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In

__all__ = ["Ports", "port_dtype"]

# Circuits are also made only to read their ports off; that is no mistake.
warnings.filterwarnings("ignore", category=UnusedElaboratable)

FACE_DRIVEN = ("elapsed", "rst")


@dataclass(frozen=True)
class Ports:
    """The ports of a circuit, as arrays see them.

    Attributes
    ----------
    inputs, outputs : dict of str to int
        Widths by name, in the order of the signature; clock, reset and trace are not among them.
    trace_bits : int
        Width of the trace word; 0 without a trace port.
    has_busy, has_elapsed : bool
    clocked : bool
        It has a clock; if not, it is of the ``cell`` realisation, and its reset an ordinary input.
    """

    inputs: dict[str, int]
    outputs: dict[str, int]
    trace_bits: int
    has_busy: bool
    has_elapsed: bool
    clocked: bool = True

    @classmethod
    def of(cls, component: wiring.Component) -> "Ports":
        """Read the ports off a circuit."""
        inputs, outputs, trace_bits = {}, {}, 0
        members = component.signature.members
        for name, member in members.items():
            width = Shape.cast(member.shape).width
            if name == "trace_word":
                trace_bits = width
            if name.startswith("trace_") or name in FACE_DRIVEN:
                continue
            (inputs if member.flow is In else outputs)[name] = width
        return cls(
            inputs, outputs, trace_bits,
            has_busy="busy" in outputs, has_elapsed="elapsed" in members,
            clocked="rst" not in members,
        )  # fmt: skip

    @property
    def driven(self) -> list[str]:
        """The ports that a bench drives, clock and reset first."""
        clock = ["clk"] if self.clocked else []
        return [*clock, "rst", *self.inputs, *(["elapsed"] if self.has_elapsed else [])]

    @property
    def read(self) -> list[str]:
        """The ports that a bench reads."""
        if not self.clocked:
            return [*self.outputs, *(["trace_word"] if self.trace_bits else [])]
        trace = ["trace_valid", "trace_toggle", "trace_word"] if self.trace_bits else []
        return [*self.outputs, *trace]

    @property
    def stimulus_dtype(self) -> np.dtype:
        """A row of stimulus: the tick on which the inputs are first sampled, and the inputs."""
        return np.dtype([("tick", "<i8"), *map(port_dtype, self.inputs.items())])

    @property
    def output_dtype(self) -> np.dtype:
        """The outputs as they are after a tick."""
        return np.dtype([port_dtype(port) for port in self.outputs.items()])

    @property
    def pin_dtype(self) -> np.dtype:
        """A record of the output pins: the tick from which on they have these values."""
        return np.dtype([("tick", "<i8"), *map(port_dtype, self.outputs.items())])


def port_dtype(port: tuple[str, int]) -> tuple:
    """Return a port as a field: an unsigned integer, or bytes (line 0 lowest) if it is wider."""
    name, width = port
    for size in (1, 2, 4, 8):
        if width <= 8 * size:
            return (name, f"<u{size}")
    return (name, np.uint8, (4 * -(-width // 32),))

"""The proof of a part within that of the whole: what it claims, and what it took for granted."""

from collections.abc import Collection
from typing import Any

from amaranth.hdl import Module, Signal, ValueLike

from goldspike.proofs.proof import Proof

__all__ = ["include"]


def include(
    whole: Proof, proof: type[Proof], dut: Any, path: str, given: Collection[str] = ()
) -> Any:
    """Add the properties of a part to the proof of a whole that is being built.

    Its claims help there. So does what it assumes, which the whole thereby has to show, but for
    what is `given`: that is of the whole's own inputs.

    Parameters
    ----------
    whole : Proof
    proof : proof class
        The part's.
    dut : circuit
        The part.
    path : str
        Where it is inside the whole.
    given : collection of str
        Assumptions that stay assumptions.

    Returns
    -------
    Proof
        The part's; its `signals` are those of the whole.
    """
    prefix = path.replace(".", "_")

    class Part(proof):
        def __init__(self) -> None:
            self.config, self.params, self.dut, self.m = path, dut.params, dut, Module()
            self.signals, self.constants, self.events, self.patience = {}, [], [], {}

        def elaborate(self, platform: object) -> Module:
            return self.m

        def inside(self, path: str) -> Signal:
            return whole.inside(f"{self.config}.{path}")

        def contents(self, path: str, address: ValueLike) -> Signal:
            return whole.contents(f"{self.config}.{path}", address)

        def read_word(self, path: str) -> Signal:
            return whole.read_word(f"{self.config}.{path}")

        def any_value(self, name: str, bound: int) -> Signal:
            self.constants.append(whole.any_value(f"{name}_of_{prefix}", bound))
            return self.constants[-1]

        def any_event(self, name: str) -> Signal:
            return whole.any_event(f"{name}_of_{prefix}")

        def add(self, kind: str, name: str, condition: ValueLike) -> None:
            if kind in ("reaches", "leaves"):
                return
            there = "assumes" if kind == "assumes" and name in given else "helps"
            whole.add(there, f"{path}: {name}", condition)
            self.signals[kind, name] = whole.signals[there, f"{path}: {name}"]

    part: Any = Part()  # type: ignore[abstract]
    part.properties(part.m)
    whole.m.submodules[f"proof_of_{prefix}"] = part
    return part

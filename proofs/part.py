"""The proof of a part within that of the whole: what it claims, and what it took for granted."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from amaranth.hdl import Module, Signal, ValueLike

from goldspike.proofs.proof import Proof

__all__ = ["include", "keeping"]


@contextmanager
def keeping(module: str, kinds: Iterable[type]) -> Iterator[list[Any]]:
    """Yield a list that takes up the parts of some kinds which a module makes meanwhile, in turn.

    Parameters
    ----------
    module : str
        The circuit's, where its parts have the names of their classes.
    kinds : iterable of type
    """
    made: list[Any] = []

    def kept(kind: Any) -> Any:
        class Kept(kind):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                super().__init__(*arguments, **options)
                made.append(self)

        return Kept

    with patch.multiple(module, **{kind.__name__: kept(kind) for kind in kinds}):
        yield made


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

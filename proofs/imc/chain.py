"""Proof of the chain: the array's, and that words take the way that layers and residuals name.

Which streams there are is worked out once for circuit and golden model. Here it comes from the
order of the layers and from the residuals alone; as in the array's proof, cores may do anything.
"""

from itertools import pairwise
from typing import Any, ClassVar

from amaranth.hdl import Cat, Module, Value

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.chain import Chain
from goldspike.model.imc.chain import ChainParams
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.proofs.imc.array import ArrayProof, Pins
from goldspike.proofs.imc.shared.opened_array import Opened

__all__ = ["PROOF", "ChainProof"]


class OpenedChain(Opened, Chain):
    """A chain of any cores, whose parts can be named."""


@bug_in(OpenedChain)
def skips_a_core(m, chain, inside):
    """Give the last core what leaves the one before the last but one."""
    m.d.comb += chain.cores[-1].in_word.eq(chain.cores[-3].out_word)


@bug_in(OpenedChain)
def adds_too_soon(m, chain, inside):
    """Show the core that adds a residual the word that comes to its neighbour."""
    m.d.comb += chain.cores[-1].res_word.eq(chain.cores[-2].in_word)


def chain(sizes: tuple[int, ...], height: int = 2, **rules: Any) -> ChainParams:
    """Return a chain of kernels of one pixel, with so many channels between its cores."""
    layers = tuple(
        LayerParams(height=height, width=1, channels=a, outputs=b, kernel=1, padding=0)
        for a, b in pairwise(sizes)
    )
    return ChainParams(
        layers=layers, shifts=(2,) * len(layers), classes=2, word_bits=8, weight_bits=2, depth=8,
        rows_per_tick=1, **rules,
    )  # fmt: skip


class ChainProof(ArrayProof):
    """Any images, cores, stalls and timesteps; every core, and every residual."""

    rtl = OpenedChain
    configs: ClassVar = {
        "residual": chain((1, 2, 1, 2), residuals=((1, 2, 3),)),
        "parallel": chain((2, 1, 2), replicas=(2, 2)),
        "far-residual": chain((1, 1, 2, 1, 1), residuals=((1, 3, 3), (0, 2, 1))),
    }
    quick: ClassVar = ("residual",)
    bugs: ClassVar[Any] = {
        "what leaves a core comes to the next one": skips_a_core,
        "a residual comes to the core that adds it": adds_too_soon,
    }

    def properties(self, m: Module) -> None:
        """Compare what leaves cores with what comes to others, on the same tick."""
        super().properties(m)
        dut = self.dut
        pairs = [((dut.in_valid, dut.in_word, dut.in_ready), self.pins(dut.cores[0], "in_"))]
        for one, other in pairwise(dut.cores):
            pairs.append((self.pins(one, "out_"), self.pins(other, "in_")))
        pairs.append((self.pins(dut.cores[-1], "out_"), self.pins(dut.pooling, "")))
        self.holds("what leaves a core comes to the next one", self.joined(pairs))
        added = [
            (self.pins(dut.cores[source], "skip_"), self.pins(dut.cores[sink], "res_"))
            for source, sink, _ in self.params.residuals
        ]
        self.holds("a residual comes to the core that adds it", self.joined(added))

    def joined(self, pairs: list[tuple[Pins, Pins]]) -> Value:
        """Return whether words leave and come on the same ticks, and are the same."""
        found = []
        for (valid, word, ready), (comes, shown, takes) in pairs:
            leaves = valid & ready
            found.append((leaves == (comes & takes)) & (~leaves | (word == shown)))
        return Cat(found).all()


PROOF = ChainProof

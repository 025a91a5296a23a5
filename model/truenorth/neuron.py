"""The neuron: synapses, leak, threshold, reset, each plain or stochastic.

Ref: Cassidy 2013, in this order within a step: (1) every event adds the weight of its axon's type;
(2) the leak is added; (3) the potential is compared with the thresholds, fires and is reset. Ours:
every sum saturates, a draw is made only where a flag or the mask asks for one, in this order, and
``mask`` bits of a draw are its low ones.
"""

from dataclasses import dataclass

from goldspike.model.jit import step
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["NeuronParams", "integrated", "leaked", "saturated", "sign", "thresholded"]


@dataclass(frozen=True, kw_only=True)
class NeuronParams:
    """Widths of a neuron.

    Parameters
    ----------
    potential_bits : int
        Of V, signed.
    weight_bits : int
        Of weights, leak and R, signed. A stochastic one is compared with a draw of a bit less.
    threshold_bits : int
        Of alpha and beta, unsigned, and of the largest draw for them.
    """

    potential_bits: int = 20
    weight_bits: int = 9
    threshold_bits: int = 18

    def __post_init__(self) -> None:
        require_int("potential_bits", self.potential_bits, 4, 20)
        require_int("weight_bits", self.weight_bits, 2, min(9, self.potential_bits - 1))
        require_int("threshold_bits", self.threshold_bits, 1, self.potential_bits - 2)

    @property
    def mask_bits(self) -> int:
        """Bits of the mask: 0 to `threshold_bits` bits are drawn."""
        return self.threshold_bits.bit_length()

    @property
    def draw_bits(self) -> int:
        """Bits of the largest draw."""
        return max(self.threshold_bits, self.weight_bits - 1)

    @property
    def top(self) -> int:
        """Largest potential; the least is ``-top - 1``."""
        return (1 << (self.potential_bits - 1)) - 1

    @property
    def field_bits(self) -> int:
        """Bits of the constants of a neuron, as `hdl` and the row of the core SRAM hold them.

        From the lowest: four times weight and its stochastic flag; leak, its stochastic flag,
        reversal; alpha; beta; mask; R; gamma (2); kappa.
        """
        return sum(width for _, width in self.fields)

    @property
    def fields(self) -> tuple[tuple[str, int], ...]:
        """Names and widths of the constants, lowest first."""
        weights = [
            field
            for k in range(4)
            for field in ((f"weight_{k}", self.weight_bits), (f"stochastic_weight_{k}", 1))
        ]
        return (
            *weights,
            ("leak", self.weight_bits),
            ("stochastic_leak", 1),
            ("reversal", 1),
            ("alpha", self.threshold_bits),
            ("beta", self.threshold_bits),
            ("mask", self.mask_bits),
            ("reset", self.weight_bits),
            ("gamma", 2),
            ("kappa", 1),
        )

    @property
    def trace(self) -> TraceLayout:
        """Traced on every tick that changes it: the sum so far, two's complement."""
        return TraceLayout((Field("accumulator", self.potential_bits),))


@step
def saturated(value: int, top: int) -> int:
    """Return `value`, or the end of the range of potentials that it is beyond."""
    return max(-top - 1, min(top, value))


@step
def sign(value: int) -> int:
    """Return -1, 0 or 1."""
    return (value > 0) - (value < 0)


@step
def sampled(value: int, draw: int) -> int:
    """Return what a stochastic weight or leak adds: its sign, with a chance that grows with it."""
    return sign(value) if abs(value) >= draw else 0


@step
def integrated(potential: int, weight: int, top: int) -> int:
    """Add an event's weight (or what was sampled of it)."""
    return saturated(potential + weight, top)


@step
def leaked(potential: int, leak: int, reversal: int, top: int) -> int:
    """Add the leak (or what was sampled of it).

    With reversal it goes with the sign of the potential, and one that would cross 0 stops there: a
    potential that decays does not ring.
    """
    if not reversal:
        return saturated(potential + leak, top)
    moved = saturated(potential + leak * sign(potential), top)
    return 0 if moved * sign(potential) < 0 else moved


@step
def thresholded(
    potential: int, alpha: int, beta: int, eta: int, reset: int, gamma: int, kappa: int
) -> tuple[int, int]:
    """Compare with the thresholds; return the potential after it, and whether the neuron fired.

    `eta` is the draw: it raises the threshold above, and lowers the one below unless kappa is set.
    No sum can leave the range: both go towards 0.
    """
    if potential >= alpha + eta:
        if gamma == 0:
            return reset, 1
        return (potential - alpha - eta if gamma == 1 else potential), 1
    below = 0 if kappa else eta
    if potential < -beta - below:
        if kappa:
            return -beta, 0
        if gamma == 0:
            return -reset, 0
        return (potential + beta + eta if gamma == 1 else potential), 0
    return potential, 0

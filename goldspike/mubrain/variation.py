"""What process, voltage and temperature do to the self-timed arbiter.

The phases come in order whatever the delays, for the delay cells are in series. What can go wrong
is that a phase does not wait long enough for the logic between it and the one before:

*select* after *load*
    the priority encoder has settled; if not, an earlier choice is granted again;
*recover* after *access*
    the request has fallen, if nothing is left; if not, an oscillation starts for no request.

Here that logic has a delay of its own, and all delays are drawn per cell around their nominal
values. The delay cells follow Eq. 6 of Stuijt 2021.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from amaranth.hdl import Module, Signal, Value

from goldspike.cosim.mubrain.cell.arbiter import ArbiterBench
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.cells import delayed
from goldspike.hdl.mubrain.cell.arbiter import Arbiter
from goldspike.model.mubrain.arbiter import ArbiterParams
from goldspike.model.mubrain.multi_phase_oscillator import (
    OSCILLATION_100NS,
    MultiPhaseOscillatorParams,
)
from goldspike.model.timing.delay_cell import Thyristor

__all__ = ["PATHS", "SettlingArbiter", "Variation", "correct"]

PATHS = {"encoder": 25_000, "request": 12_500}
"""Assumed delays of the logic, in picoseconds: five eighths of the phase each has."""


class SettlingArbiter(Arbiter):
    """The arbiter, with gates that take time."""

    def register_settled(self, m: Module, register: Value) -> Value:
        """Let the encoder see the spike register late."""
        return delayed(m, "encoder_path", register, PATHS["encoder"])

    def request(self, m: Module, pending: Value) -> Value:
        """Let the request fall late."""
        waiting = Signal()
        m.d.comb += waiting.eq(pending.any())
        return waiting | delayed(m, "request_path", waiting, PATHS["request"])


@dataclass(frozen=True)
class Variation:
    """The delays of one arbiter, in picoseconds.

    Attributes
    ----------
    oscillator : MultiPhaseOscillatorParams
        Of the delay cells.
    encoder, request : int
        Of the logic.
    """

    oscillator: MultiPhaseOscillatorParams = OSCILLATION_100NS
    encoder: int = PATHS["encoder"]
    request: int = PATHS["request"]

    @property
    def ordered(self) -> bool:
        """Every phase comes after what it waits for."""
        return self.oscillator.select > self.encoder and self.oscillator.recover > self.request

    @property
    def cells(self) -> Mapping[str, int]:
        """The delays by the instance's name."""
        found = {
            f"oscillator.{phase}_tap_delay": getattr(self.oscillator, phase)
            for phase in ("load", "select", "access", "recover")
        }
        return found | {"encoder_path_delay": self.encoder, "request_path_delay": self.request}

    @classmethod
    def drawn(cls, rng: np.random.Generator, spread: float, speed: float = 1.0) -> "Variation":
        """Draw every cell by itself: Eq. 6 with all its values spread, and logic as much.

        `speed` divides the delays of the delay cells alone, as a bias current too high would.
        """
        phases = {
            name: Thyristor.for_delay(getattr(OSCILLATION_100NS, name) / speed)
            .varied(rng, spread)
            .delay_ps
            for name in ("load", "select", "access", "recover")
        }
        paths = {
            name: round(ps * float(np.exp(rng.normal(0, spread)))) for name, ps in PATHS.items()
        }
        return cls(replace(OSCILLATION_100NS, **phases), **paths)


def correct(variation: Variation, *, inputs: int = 7, spikes: int = 300, seed: int = 1) -> bool:
    """Run an arbiter with these delays; return whether it equals its golden model."""
    params = ArbiterParams(inputs=inputs, oscillator=variation.oscillator)
    bench = ArbiterBench("", params)
    rows = bench.stimulus(np.random.default_rng(seed), spikes)
    expected = bench.expect(rows)
    nominal = ArbiterParams(inputs=inputs, oscillator=OSCILLATION_100NS)  # compiled once
    component = SettlingArbiter(nominal, trace=True)
    with BatchSimulator(component, params.cell_trace, delays=variation.cells) as simulator:
        last = int(expected["tick"][-1]) + bench.idle
        return np.array_equal(bench.decode(simulator.run(rows, last)), expected)

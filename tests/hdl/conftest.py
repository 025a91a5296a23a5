from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
from amaranth.lib import wiring
from amaranth.sim import Simulator

from goldspike.model.trace import TraceLayout

AFTER = 60
"""Ticks simulated beyond the stimulus, the inputs low."""


def trace_of(
    circuit: wiring.Component, layout: TraceLayout, levels: Mapping[str, Sequence[int]]
) -> np.ndarray:
    """Return the trace records of a circuit in Amaranth's own simulator.

    `levels` holds the value of every input on each tick from 1 on.
    """
    ticks: list[int] = []
    words: list[int] = []
    length = len(next(iter(levels.values())))

    async def testbench(ctx) -> None:
        await ctx.tick()
        for k in range(length + AFTER):
            for name, values in levels.items():
                ctx.set(getattr(circuit, name), int(values[k]) if k < length else 0)
            await ctx.tick()
            if ctx.get(circuit.trace_valid):  # type: ignore[attr-defined]
                ticks.append(k + 1)
                words.append(ctx.get(circuit.trace_word))  # type: ignore[attr-defined]

    simulator = Simulator(circuit)
    simulator.add_clock(1e-8)
    simulator.add_testbench(testbench)
    simulator.run()
    return layout.from_ints(ticks, words)


@pytest.fixture
def rtl() -> Callable[..., list]:
    """Return a function from a circuit and its levels to its trace records, as tuples."""

    def run(
        circuit: Callable[..., wiring.Component], params, **levels: Sequence[int]
    ) -> list[tuple]:
        return plain(trace_of(circuit(params, trace=True), params.trace, levels))

    return run


@pytest.fixture
def plain_records() -> Callable[[np.ndarray | None], list]:
    """Return a function that turns a golden model's records into the same tuples."""
    return plain


def plain(records: np.ndarray | None) -> list[tuple]:
    """Return trace records as tuples of Python numbers and lists."""
    assert records is not None
    names = records.dtype.names or ()
    return [tuple(record[name].tolist() for name in names) for record in records]

"""A scene of the layer in ``cell``: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.cell_bench import rows_from_levels_at
from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.mubrain.cell.layer import LayerBench
from goldspike.cosim.mubrain.cell.stimuli.layer import STEP
from goldspike.model.mubrain.weight_memory import loading_order
from goldspike.waveforms.mubrain.layer import FRONT

__all__ = ["scenario", "view"]


def scenario(bench: LayerBench, rng: np.random.Generator) -> np.ndarray:
    """Load strong weights, clear, then a burst of spikes that makes neurons fire."""
    n, period = bench.params.inputs, bench.params.oscillator.period
    total = n * bench.params.neurons
    first = 8_000 + total * STEP
    step = np.arange(1, total + 1) * STEP
    load = np.stack([step, step + STEP // 2], axis=1).ravel()
    line = np.arange(min(n, 7))
    rise = first + 7_300 * line
    time = np.unique([*load, first - 3_000, first - 2_000, *rise, *(rise + 900)])
    time = np.append(time, first + (line.size + 2) * period)
    weight = loading_order(rng.integers(2, 8, (n, bench.params.neurons)))
    place = np.minimum(np.maximum(time // STEP - 1, 0), total - 1)
    up = (time[:, None] >= rise) & (time[:, None] < rise + 900)
    spikes = np.zeros((time.size, n), bool)
    spikes[:, : line.size] = up
    return rows_from_levels_at(
        bench,
        time,
        {
            "spikes": spikes,
            "scale": np.ones(time.size, int),
            "load": np.isin(time, step + STEP // 2).astype(int),
            "weight": weight[place],
            "clear": (time == first - 3_000).astype(int),
        },
    )


def view(bench: LayerBench) -> View:
    """Follow a grant to the potentials."""
    neurons = range(min(3, bench.params.neurons))
    return View(
        f"Layer, {bench.params.inputs} inputs, {bench.params.neurons} neurons, self-timed",
        "Stuijt 2021, Fig. 1A and 1C",
        (
            *FRONT,
            Group(
                "Neurons",
                (
                    Wave("strobe"),
                    *(
                        Wave(f"neuron_{k}.potential", f"potential {k}", show="analog")
                        for k in neurons
                    ),
                ),
            ),
            Group("Spikes", (Wave("fired", show="set"), Wave("busy"))),
        ),
    )

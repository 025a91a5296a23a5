"""How fast a TrueNorth-like core runs: the step model and a dense NumPy step, on one core.

Both run the same core of 256 x 256, half of its synapses there, with few and with many active
axons, in one process and in turns. The step model adds events one by one, saturates every sum, and
counts merges; the NumPy step is one vector-matrix product and a few vector operations, and does
neither. An event is an active axon's synapse. Rates are per second of processor time, medians over
the turns. Prints a table and writes ``build/bench/cores.json``.
"""

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from goldspike.charts import text_table
from goldspike.model.files import write_json
from goldspike.model.paths import BUILD
from goldspike.model.truenorth.shared.image import CoreImage, blank
from goldspike.model.truenorth.shared.steps import SPIKE, Steps

TURNS = 5
SAMPLES, STEPS = 20, 150
ACTIVITIES = {"few": 4, "many": 128}
"""Active axons of a step."""


def any_core(rng: np.random.Generator) -> CoreImage:
    """Return a core of neurons that integrate and fire, without draws."""
    image = blank()
    image.connected[:] = rng.random(image.connected.shape) < 0.5
    image.types[:] = np.arange(256) % 4
    image.neurons["weights"] = (-8, 4, 2, 1)
    image.neurons["alpha"], image.neurons["gamma"], image.neurons["kappa"] = 200, 1, True
    return image


def numpy_steps(image: CoreImage, active: np.ndarray) -> np.ndarray:
    """Run samples, bool (samples, steps, axons), step by step; return spikes per neuron."""
    weights = image.neurons["weights"][:, image.types].T * image.connected
    dense, alpha = weights.astype(np.float32), image.neurons["alpha"].astype(np.float32)
    fired = np.zeros((len(active), image.size), np.int64)
    for sample, steps in enumerate(active.astype(np.float32)):
        potential = np.zeros(image.size, np.float32)
        for spikes in steps:
            potential += spikes @ dense
            fires = potential >= alpha
            potential -= alpha * fires
            np.maximum(potential, 0, out=potential)
            fired[sample] += fires
    return fired


def measured(run: Callable[[], object]) -> float:
    """Return the seconds of processor time of a call."""
    begin = time.process_time()
    run()
    return time.process_time() - begin


def main() -> int:
    """Measure, print, write."""
    rng = np.random.default_rng(1)
    image = any_core(rng)
    array = Steps([image])
    report, rows = {}, []
    for name, count in ACTIVITIES.items():
        active = np.zeros((SAMPLES, STEPS, 256), bool)
        order = rng.random(active.shape).argsort(axis=2)[:, :, :count]
        np.put_along_axis(active, order, values=True, axis=2)
        inputs = np.zeros(int(active.sum()), SPIKE)
        inputs["sample"], inputs["step"], inputs["axon"] = np.nonzero(active)
        run = array.run(inputs, STEPS, SAMPLES)
        events, dense = int(run.events.sum()), numpy_steps(image, active)
        if int(run.fired.sum()) != int(dense.sum()):
            raise SystemExit("the two do not fire alike")
        spent: dict[str, list[float]] = {"step model": [], "NumPy step": []}
        with threadpool_limits(1):
            for _ in range(TURNS):
                spent["step model"].append(measured(lambda: array.run(inputs, STEPS, SAMPLES)))  # noqa: B023
                spent["NumPy step"].append(measured(lambda: numpy_steps(image, active)))  # noqa: B023
        rates = {who: events / statistics.median(times) for who, times in spent.items()}
        ratio = rates["step model"] / rates["NumPy step"]
        report[name] = {"active axons": count, "events_per_second": rates, "ratio": ratio}
        rows += [
            (f"{count} of 256", who, f"{rate / 1e6:.1f}", f"{rate / rates['NumPy step']:.2f}")
            for who, rate in rates.items()
        ]
    print(text_table(("active axons", "what", "million events/s", "of NumPy"), rows))
    write_json(BUILD / "bench" / "cores.json", {"activities": report})
    return 0


if __name__ == "__main__":
    sys.exit(main())

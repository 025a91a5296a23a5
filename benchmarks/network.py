"""How fast a trained network runs: golden model, dense NumPy time steps, Nengo, on one core.

All run the same spikes into the same weights, in one process and in turns. The golden model gives
every grant, merge and spike its tick of 10 ns; a time-step simulation adds up whatever falls into a
step and knows no arbiter, so its answers are compared too. A synaptic operation is one spike
reaching one neuron, counted once for all from the golden model, whatever a simulator did for it.
Rates are per second of processor time, medians over the turns. Prints a table and writes
``build/bench/network.json``; Nengo takes part where it is installed (extra ``bench``).
"""

import argparse
import importlib
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from goldspike.charts import text_table
from goldspike.model.files import write_json
from goldspike.model.mubrain.chip import ChipModel
from goldspike.model.mubrain.shared.spikes import Room
from goldspike.model.paths import BUILD
from goldspike.model.timebase import TICK_NS
from goldspike.mubrain.chip import MuBrain
from goldspike.workloads.dataset import digits, load_dataset, prepare
from goldspike.workloads.mubrain.encoding import Coder, encode
from goldspike.workloads.mubrain.placing import place
from goldspike.workloads.network import load_network, pad_network

TURNS = 5
FIRST_CALL = """
import time; begin = time.perf_counter()
import numpy as np
from goldspike.model.mubrain.chip import MUBRAIN_MNIST, ChipModel
weights = [np.ones((256, 64), np.int8), np.ones((64, 10), np.int8)]
chip = ChipModel(MUBRAIN_MNIST, weights)
tick = np.arange(1, 20_000, 20); middle = time.perf_counter()
chip.run(tick, tick % 256)
print(middle - begin, time.perf_counter() - middle)
"""


@dataclass(frozen=True)
class Work:
    """What every contender runs: weights and, per sample, ticks and lines of its input spikes."""

    weights: list[np.ndarray]
    threshold: int
    window: int
    events: list[tuple[np.ndarray, np.ndarray]]


class NumpySteps:
    """Dense time steps over a whole batch: one matrix product per layer and step."""

    def __init__(self, work: Work, step_ticks: int) -> None:
        self.work, self.steps = work, -(-work.window // step_ticks) + 2
        self.weights = [w.astype(np.float32) for w in work.weights]
        shape = (self.steps, len(work.events), work.weights[0].shape[0])
        self.spikes = np.zeros(shape, np.float32)
        for k, (tick, line) in enumerate(work.events):
            step = np.minimum(tick // step_ticks, self.steps - 1)
            np.add.at(self.spikes[:, k], (step, line), 1)

    def run(self, samples: int) -> np.ndarray:
        """Return the output spikes of the samples, by class."""
        v = [np.zeros((samples, w.shape[1]), np.float32) for w in self.weights]
        count = np.zeros_like(v[-1])
        for step in range(self.steps):
            spikes = self.spikes[step, :samples]
            for layer, weight in enumerate(self.weights):
                np.maximum(v[layer] + spikes @ weight, 0, out=v[layer])
                spikes = (v[layer] >= self.work.threshold).astype(np.float32)
                v[layer] -= self.work.threshold * spikes
            count += spikes
        return count.argmax(1)


class NengoSteps:
    """Nengo's reference simulator, sample after sample.

    Its spiking rectified linear neuron is the chip's: no leak, the remainder is kept, and the
    potential stays at zero or above.
    """

    def __init__(self, work: Work, step_ticks: int) -> None:
        self.nengo: Any = importlib.import_module("nengo")
        self.work, self.step_ticks = work, step_ticks
        self.dt = step_ticks * TICK_NS * 1e-9
        self.steps = -(-work.window // step_ticks) + 2
        self.spikes = np.zeros((self.steps, work.weights[0].shape[0]))
        with warnings.catch_warnings(), self.nengo.Network(seed=0) as network:
            warnings.simplefilter("ignore")  # of SciPy, which is not needed
            source = self.nengo.Node(self.input, size_in=0, size_out=self.spikes.shape[1])
            for weight in work.weights:
                layer = self.nengo.Ensemble(
                    weight.shape[1], 1, neuron_type=self.nengo.SpikingRectifiedLinear(),
                    gain=np.ones(weight.shape[1]), bias=np.zeros(weight.shape[1]),
                ).neurons  # fmt: skip
                self.nengo.Connection(
                    source, layer, transform=weight.T / work.threshold, synapse=None
                )
                source = layer
            self.probe = self.nengo.Probe(source)
            self.simulator = self.nengo.Simulator(network, dt=self.dt, progress_bar=False)

    def input(self, t: float) -> np.ndarray:
        """Return the spikes of the step that ends at `t` seconds, as rates."""
        return self.spikes[round(t / self.dt) - 1]

    def run(self, samples: int) -> np.ndarray:
        """Return the class with most output spikes, per sample."""
        said = []
        for tick, line in self.work.events[:samples]:
            self.spikes[:] = 0
            np.add.at(self.spikes, (tick // self.step_ticks, line), 1 / self.dt)
            self.simulator.reset()
            self.simulator.clear_probes()
            self.simulator.run_steps(self.steps, progress_bar=False)
            said.append(int(self.simulator.data[self.probe].sum(0).argmax()))
        return np.array(said)


def first_call() -> tuple[float, float]:
    """Return seconds of import and of the first call, in a fresh process with a warm cache."""
    words: list[str] = []
    for _ in range(2):  # the first fills the cache
        command = [sys.executable, "-c", FIRST_CALL]
        words = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(words[0]), float(words[1])


Contender = tuple[int, Callable[[int], np.ndarray]]
"""How many samples it runs, and what runs them and returns their classes."""


def take_turns(
    contenders: dict[str, Contender], answers: np.ndarray
) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Return samples per second in each turn, and the share of equal answers, by name."""
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    agree: dict[str, float] = {}
    with threadpool_limits(1):
        for turn in range(TURNS + 1):
            for name, (samples, run) in contenders.items():
                begin = time.process_time()
                said = run(samples)
                if turn:  # the first turn warms up
                    rates[name].append(samples / (time.process_time() - begin))
                agree[name] = float(np.mean(said == answers[:samples]))
    return rates, agree


def show(
    rates: dict[str, list[float]], agree: dict[str, float], operations: float
) -> dict[str, dict[str, float]]:
    """Print a table, ratios to the first contender; return the same by name."""
    base = next(iter(rates))
    runs, rows = {}, []
    for name, values in rates.items():
        rate = statistics.median(values)
        ratio = statistics.median(a / b for a, b in zip(values, rates[base], strict=True))
        runs[name] = {
            "samples_per_s": rate, "synaptic_operations_per_s": rate * operations,
            "ratio": ratio, "same_answer_by_count": agree[name],
        }  # fmt: skip
        rows.append(
            (name, f"{rate:.4g}", f"{rate * operations:.3g}", f"{ratio:.4f}", f"{agree[name]:.2f}")
        )
    head = ("one core", "samples/s", "synaptic operations/s", "of golden", "same answer")
    print(text_table(head, rows))
    return runs


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--net", default=str(MuBrain.default_net))
    parser.add_argument("--data", help="default: the digits that ship")
    parser.add_argument("--samples", type=int, default=100)
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    network = load_network(arguments.net)
    settings, _ = place(network, {})
    chip = settings.chip
    weights = list(pad_network(network, chip.sizes).weights)
    data = load_dataset(arguments.data) if arguments.data else digits("test")
    images = prepare(data.x[: arguments.samples])
    events = [encode(image, settings.encoding, k) for k, image in enumerate(images)]
    work = Work(weights, chip.neuron.threshold, settings.encoding.window, events)
    model = ChipModel(chip, weights)
    golden = [model.run(*event) for event in events]
    answers = np.array([run.answer.count for run in golden])
    operations = sum(
        layer.arbiter.tick.size * params.neurons
        for run in golden
        for layer, params in zip(run.layers, chip.layers, strict=True)
    ) / len(events)  # fmt: skip

    coder, room = Coder(settings.encoding, chip.sizes[0]), Room()
    coded = coder.run_batch(images, 0, Room())

    def tick_accurate(samples: int) -> np.ndarray:
        return model.run_batch(
            coded._replace(bounds=coded.bounds[: samples + 1]), room
        ).answers.most_spikes

    def encoded(samples: int) -> np.ndarray:
        spikes = coder.run_batch(images[:samples], 0, room)
        return model.run_batch(spikes, room).answers.most_spikes

    def one_by_one(samples: int) -> np.ndarray:
        return np.array([model.run(*event).answer.count for event in events[:samples]])

    contenders: dict[str, Contender] = {
        "golden model, every tick of 10 ns": (len(events), tick_accurate),
        "the same with input coding": (len(events), encoded),
        "the same, sample by sample": (len(events), one_by_one),
        "dense NumPy, steps of 1 us": (len(events), NumpySteps(work, 100).run),
        "dense NumPy, steps of 100 ns": (min(20, len(events)), NumpySteps(work, 10).run),
    }
    try:
        contenders["Nengo, steps of 1 us"] = (min(10, len(events)), NengoSteps(work, 100).run)
    except ImportError:
        print("Nengo is not installed (pip install -e .[bench])")

    rates, agree = take_turns(contenders, answers)
    imports, call = first_call()
    report = {
        "net": arguments.net, "data": data.name, "samples": len(events),
        "synaptic_operations_per_sample": operations,
        "first_call_seconds": call, "import_seconds": imports,
        "runs": show(rates, agree, operations),
    }  # fmt: skip
    print(f"first call {call:.2f} s in a fresh process with a warm cache, imports {imports:.2f} s")
    write_json(BUILD / "bench" / "network.json", report)
    return 0


if __name__ == "__main__":
    sys.exit(main())

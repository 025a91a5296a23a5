"""An imported network against a simulation of NIR's own equations, written for this test alone.

The reference knows the graph's nodes and nothing of the importer: it reads their arrays, integrates
tau v' = -v + R I (LIF) and v' = R I (I) from event to event, spikes as currents for dt or, where
there is no tau, impulses of area 1, biases for ever, and finds by bisection when a potential
crosses its threshold in between.
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.model.paths import ROOT
from goldspike.mubrain.nir import import_nir
from goldspike.simulation import simulate
from goldspike.workloads.dataset import DIGITS, digits, prepare
from goldspike.workloads.mubrain.encoding import EncodingParams, encode
from goldspike.workloads.mubrain.reference import run_chain
from goldspike.workloads.nir_graph import read_chain

nir = pytest.importorskip("nir")

DT = 1e-4
WINDOW = 4.2e-3
COUNT = 60


def trained() -> list[np.ndarray]:
    """Return the weights of the network that snnTorch exported, outputs x inputs."""
    graph = nir.read(ROOT / "nets" / "digits_snntorch.nir")
    return [node.weight for node in graph.nodes.values() if type(node).__name__ == "Linear"]


def biased(tau: float, readout: bool = False) -> Any:
    """Return that network with biases, as LIF, its scale and second layer set apart."""
    first, second = trained()
    rng = np.random.default_rng(5)
    biases = [rng.normal(0, 0.004, w.shape[0]) for w in (first, second)]
    zeros, ones = np.zeros, np.ones

    def neurons(n: int) -> Any:
        return nir.LIF(
            tau=np.full(n, tau), r=np.full(n, tau / DT), v_leak=zeros(n), v_threshold=ones(n),
            v_reset=zeros(n),
        )  # fmt: skip

    last = nir.I(ones(10)) if readout else neurons(10)
    if readout:
        biases[1] = biases[1] / DT  # of the same weight beside spikes of area 1
    inside = nir.NIRGraph(
        {"i": nir.Input(np.array([64])), "fc": nir.Affine(second, biases[1]), "n": last,
         "o": nir.Output(np.array([10]))},
        [("i", "fc"), ("fc", "n"), ("n", "o")],
    )  # fmt: skip
    nodes = {
        "input": nir.Input(np.array([256])), "half": nir.Scale(np.full(256, 0.5)),
        "fc": nir.Affine(2 * first, biases[0]), "n": neurons(64), "second": inside,
        "output": nir.Output(np.array([10])),
    }  # fmt: skip
    names = list(nodes)
    return nir.NIRGraph(nodes, list(pairwise(names)))


class Layer:
    """Neurons between two events, by NIR's equations."""

    def __init__(self, affine: Any, neuron: Any, scale: float = 1.0) -> None:
        self.leaky = hasattr(neuron, "tau")
        self.tau, self.r = (neuron.tau, neuron.r) if self.leaky else (np.inf, neuron.r)
        self.threshold = getattr(neuron, "v_threshold", np.full(neuron.r.shape, np.inf))
        self.steady = self.r * affine.bias  # R b
        jump = DT / self.tau if self.leaky else 1.0  # a current of w for dt, taken at once
        self.lift = affine.weight.T * scale * self.r * jump
        self.v = np.zeros(self.r.shape)

    def after(self, v: np.ndarray, wait: float, pick: Any = slice(None)) -> np.ndarray:
        """Return potentials some time later, without a threshold."""
        if not self.leaky:
            return v + self.steady[pick] * wait
        rest = self.steady[pick]
        tau = np.asarray(self.tau)
        return rest + (v - rest) * np.exp(-wait / tau[pick])

    def wait(self, now: float, until: float) -> list[tuple[float, int]]:
        """Let time pass; return the spikes that the biases alone bring about."""
        spikes = []
        later = self.after(self.v, until - now)
        for j in np.flatnonzero(later > self.threshold):
            begin, v = now, self.v[j]
            while self.after(np.array([v]), until - begin, [j])[0] > self.threshold[j]:
                low, high = begin, until
                for _ in range(60):
                    middle = (low + high) / 2
                    above = self.after(np.array([v]), middle - begin, [j])[0] > self.threshold[j]
                    low, high = (low, middle) if above else (middle, high)
                spikes.append((high, int(j)))
                begin, v = high, 0.0
            later[j] = self.after(np.array([v]), until - begin, [j])[0]
        self.v = later
        return spikes

    def run(self, events: list[tuple[float, int]]) -> list[tuple[float, int]]:
        """Return a layer's spikes for events sorted by time, up to the end of the window."""
        spikes: list[tuple[float, int]] = []
        now = 0.0
        self.v = np.zeros(self.r.shape)
        for k, (time, line) in enumerate(events):
            if time > now:
                spikes += self.wait(now, time)
                now = time
            self.v = self.v + self.lift[line]
            if k + 1 < len(events) and events[k + 1][0] == time:
                continue  # currents at one time add up
            for j in np.flatnonzero(self.v > self.threshold):
                spikes.append((time, int(j)))
                self.v[j] = 0.0
        if now < WINDOW:
            spikes += self.wait(now, WINDOW)
        return sorted(spikes)


def layers(graph: Any) -> tuple[Layer, Layer]:
    second = graph.nodes["second"]
    return (
        Layer(graph.nodes["fc"], graph.nodes["n"], 0.5),
        Layer(second.nodes["fc"], second.nodes["n"]),
    )


def events_of(sample: int) -> tuple[np.ndarray, np.ndarray]:
    image = prepare(digits("test").x[sample : sample + 1], 16)[0]
    return encode(image, EncodingParams(), sample)


def answer(spikes: list[tuple[float, int]]) -> int:
    """Return the class with most spikes; among several, the one that had them first."""
    counts = np.bincount([line for _, line in spikes], minlength=10)
    if not counts.any():
        return -1
    best = np.flatnonzero(counts == counts.max())
    reached = {int(j): [time for time, line in spikes if line == j][-1] for j in best}
    return min(reached, key=lambda j: (reached[j], j))


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    def write(*arguments: Any, **further: Any) -> Path:
        nir.write(tmp_path / "graph.nir", biased(*arguments, **further))
        return tmp_path / "graph.nir"

    return write


@pytest.mark.parametrize("tau", [0.2, 2e-3])
def test_the_ideal_network_spikes_as_the_equations_say(
    tau: float, save: Callable[..., Path]
) -> None:
    chain = read_chain(save(tau))
    first, second = layers(biased(tau))
    for sample in range(3):
        tick, address = events_of(sample)
        hidden = first.run(list(zip(tick * 1e-8, address.tolist(), strict=True)))
        out = second.run(hidden)
        found = run_chain(chain, tick, address, "zero", end=420_000)
        for spikes, (got, line) in zip((hidden, out), found, strict=True):
            assert len(spikes) > 20 and abs(len(spikes) - len(line)) <= 0.01 * len(spikes)
            counts = np.bincount([j for _, j in spikes], minlength=64)
            assert np.abs(counts - np.bincount(line, minlength=64)).max() <= 1
            early = min(len(spikes), 50)  # later a tick's difference may have become a spike's
            np.testing.assert_allclose(got[:early] * 1e-8, [t for t, _ in spikes[:early]],
                                       atol=2e-8)  # fmt: skip


def test_the_chip_keeps_what_the_equations_answer(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    graph = biased(0.2)
    first, second = layers(graph)
    labels = digits("test").y[:COUNT]
    answers = []
    for sample in range(COUNT):
        tick, address = events_of(sample)
        hidden = first.run(list(zip(tick * 1e-8, address.tolist(), strict=True)))
        answers.append(answer(second.run(hidden)))
    right = float(np.mean(np.array(answers) == labels))
    report = import_nir(save(0.2), tmp_path / "net.npz", data=str(DIGITS), samples=COUNT)
    assert right > 0.9
    assert abs(report["accuracy"]["nir_zero"]["count"] - right) <= 1 / COUNT
    assert abs(report["accuracy"]["chip"]["count"] - right) <= 2 / COUNT
    for layer, node in zip(report["layers"], (graph.nodes["fc"], None), strict=True):
        assert layer["biases"] > 0 and layer["bias_clipped"] == 0 and 0 < layer["leak"] < 0.03
        assert node is None or layer["lost"] == np.count_nonzero(
            (np.rint(32 * node.weight) == 0) & (node.weight != 0)
        )
    ran = simulate("mubrain", net=str(tmp_path / "net.npz"), samples=COUNT, out=tmp_path / "r.json")
    assert ran["accuracy"]["count"] == report["accuracy"]["chip"]["count"]
    assert ran["counts"]["input"]["bias"] == COUNT * 2 * len(
        range(report["bias_period"], 420_000, report["bias_period"])
    )


def test_a_read_out_of_potentials_becomes_one_of_counts(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    first, second = layers(biased(0.2, readout=True))
    labels = digits("test").y[:20]
    right = 0
    for sample in range(10):
        tick, address = events_of(sample)
        second.run(first.run(list(zip(tick * 1e-8, address.tolist(), strict=True))))
        right += int(second.v.argmax() == labels[sample])
    out = tmp_path / "net.npz"
    report = import_nir(save(0.2, readout=True), out, data=str(DIGITS), samples=10)
    assert report["accuracy"]["nir_zero"] == {"potential": right / 10} and right >= 9
    assert report["accuracy"]["chip"]["count"] >= (right - 1) / 10
    assert any("read-out integrates" in note for note in report["notes"])

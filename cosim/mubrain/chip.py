"""Bench of the whole chip: every neuron's potential after every grant, on real samples."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pins import Course, strobes
from goldspike.cosim.bench.stimulus import at_rest, edges, up
from goldspike.cosim.mubrain.aer_output import sending, sending_busy
from goldspike.cosim.mubrain.layer import at_work
from goldspike.cosim.mubrain.readout import answers
from goldspike.cosim.mubrain.shared.chip_rows import held_on, hold_bias, keep, some_twice, with_bias
from goldspike.cosim.mubrain.shared.chip_silences import with_silences
from goldspike.cosim.mubrain.shared.chip_weights import golden, noisy_weights, scale_lines
from goldspike.hdl.mubrain.chip import Chip
from goldspike.model.mubrain.aer_input import EVENT_DISTANCE, LINE_DELAY
from goldspike.model.mubrain.arbiter import Policy
from goldspike.model.mubrain.chip import (
    MUBRAIN_40NM,
    MUBRAIN_MNIST,
    ChipModel,
    ChipParams,
    ChipRun,
    loading_order,
)
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from goldspike.model.mubrain.recurrent_layer import RecurrentLayerParams
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.mubrain.sparse_memory import SparseMemoryModel
from goldspike.model.mubrain.weight_memory import Storage, WeightMemoryModel
from goldspike.model.paths import ROOT
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.mubrain.encoding import EncodingParams, encode
from goldspike.workloads.mubrain.reservoir import reservoir
from goldspike.workloads.network import load_network, pad_network

__all__ = ["BENCH", "ChipBench"]

NET = ROOT / "nets" / "digits.npz"
REST = 50
"""Ticks between the end of one sample and the clear of the next."""

LEAK_PERIOD, SMALL_LEAK_PERIOD = 5000, 97
"""Ticks between two strobes on a bias input, of the chip in 40 nm and of the small ones."""

Sample = tuple[int, np.ndarray, np.ndarray, tuple[np.ndarray, ...]]

DIGITS = ("mnist", "40nm")  # the configurations that look at digits

LABELS = (6, 9, 0)
"""Of the digits that are shown one after the other: every bit of an answer comes and goes."""


class ChipBench(Bench):
    """A step is a digit through the trained network, or three samples of noise."""

    rtl = Chip
    configs: ClassVar = {
        "mnist": replace(MUBRAIN_MNIST, storage=Storage.MEMORY),
        "5-4-3": ChipParams(sizes=(5, 4, 3), scale=(True, False)),
        "6-6-3-2-recurrent": ChipParams(
            sizes=(6, 6, 3, 2),
            scale=(True,),
            lateral=(Connectivity(neurons=6, synapses=14), None, None),
            bias=(False, True, True),
        ),
        "1-1": ChipParams(
            sizes=(1, 1),
            scale=(True,),
            hold=1,
            policy="linear",  # type: ignore[arg-type]
            oscillator=MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1),
        ),
    }
    large: ClassVar = {"40nm": MUBRAIN_40NM}
    varied: ClassVar = {
        "sizes": ((1, 1), (3, 2), (7, 5, 3), (4, 4, 4, 2)), "scale": ((True,), (False,)),
        "hold": range(1, 4), "policy": tuple(Policy), "storage": tuple(Storage),
    }  # fmt: skip
    published = "mnist"
    checks = Checks(
        group="layers, chip",
        assembled=True,
        gates="5-4-3",
        block_memory=True,
        waves=True,
        vectors=("5-4-3", 2),
        exclusions=(
            Exclusion(
                "bits",
                r"Chip\.most_count\[([89]|1\d)\]",
                "counts to 65535, where a sample has some hundred spikes",
            ),
        ),
    )
    shown = "5-4-3"
    steps = 3
    least_steps = 1

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Shift all weights in, then run the samples one after the other.

        What waits for no digit is loaded again at rest: other weights between samples, the same
        ones within them.
        """
        weights = self.draw_weights(rng)
        small = self.config not in DIGITS
        lines = scale_lines(self.params)
        if small:  # all the other way round at first: each weight is used with scale and without
            lines ^= (1 << len(self.params.layers)) - 1
        model = golden(self.params, weights, lines)
        pieces = [self.loading_anyhow(rng, weights) if small else self.loading(weights)]
        if small:
            pieces[0]["clear"][rng.integers(pieces[0].size - 1)] = 1
        held = 0  # whether the strobe of the last event is up still
        for sample in range(3 * steps if small else steps):
            begin = int(pieces[-1]["tick"][-1]) + REST
            if held:  # other weights, at times other scales, whatever else comes in
                weights = self.draw_weights(rng, all_noise=sample % 4 == 2)
                others = int(rng.integers(1, 1 << len(self.params.layers)))
                lines = scale_lines(self.params) ^ others * (sample % 8 in (2, 4))
                model = golden(self.params, weights, lines)
                again = self.loading_anyhow(rng, weights)
                again["tick"] += begin
                again["in_address"] = rng.integers(0, 1 << self.params.aer_input.address_bits)
                again["in_strobe"] = 1
                pieces.append(again)
                begin += again.size + REST
            tick, address = self.draw_events(rng, sample)
            if small:
                with_silences(model, tick, address, sample)
            halved = small and sample % 2 == 0
            again = self.loading_anyhow(rng, weights) if halved else self.blank(0)
            if halved:
                tick, bias, rest = self.around_load(rng, model, tick, address, again.size)
                again["tick"] += begin + rest - 1
            else:
                bias = self.draw_bias(rng, int(tick[-1]))
            rows = self.sample(begin, tick, address, bias)
            rows["scale"] = scale_lines(model.params)
            rows = held_on(rows, begin + 1) if held else rows
            if halved:
                before, after = np.split(rows, [np.searchsorted(rows["tick"], again["tick"][0])])
                again["in_address"], again["scale"][-1] = before["in_address"][-1], rows["scale"][0]
                rows = np.concatenate([before, again, after])
            pieces.append(rows)
            held = int(small and sample % 2 == 1)
            if held:
                pieces[-1] = np.delete(pieces[-1], -1)
            end = self.blank(1)
            end["in_strobe"], end["in_address"] = held, pieces[-1]["in_address"][-1]
            end["tick"] = begin + model.run(tick, address, self.heard(bias)).ticks
            end["scale"] = pieces[-1]["scale"][-1]
            if end["tick"][0] > pieces[-1]["tick"][-1]:
                pieces.append(end)
        rows = np.concatenate(pieces)
        if small and any(self.params.bias):
            hold_bias(rng, rows, len(self.params.layers))
        return rows

    def around_load(
        self,
        rng: np.random.Generator,
        model: ChipModel,
        tick: np.ndarray,
        address: np.ndarray,
        ticks: int,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...], int]:
        """Put off half of the events of a sample until a load in its middle is over.

        Returns their ticks, the strobes on the bias lines, and the first tick of the load: that on
        which all has come to rest.
        """
        half = tick.size // 2
        early = self.draw_bias(rng, int(tick[half - 1]))
        rest = model.run(tick[:half], address[:half], self.heard(early)).ticks + 1
        end = rest + ticks
        tick = np.concatenate([tick[:half], tick[half:] + max(0, end + 2 - int(tick[half]))])
        late = self.draw_bias(rng, int(tick[-1]) - end)
        bias = (
            np.concatenate([first, end + then]) for first, then in zip(early, late, strict=True)
        )
        return tick, tuple(bias), rest

    def heard(self, bias: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        """Return strobes without those on the lines of layers that have no bias input."""
        pairs = zip(bias, self.params.biases if bias else (), strict=True)
        return tuple(strobes[: strobes.size * has_bias] for strobes, has_bias in pairs)

    def draw_weights(
        self, rng: np.random.Generator, *, all_noise: bool = False
    ) -> list[np.ndarray]:
        """Return the trained network for the MNIST chip, noise for the others."""
        if self.config == "mnist":
            return list(pad_network(load_network(NET), self.params.sizes).weights)
        if self.config == "40nm":
            return reservoir(rng, self.params)
        return noisy_weights(rng, self.params, all_noise=all_noise)

    def draw_bias(self, rng: np.random.Generator, last: int) -> tuple[np.ndarray, ...]:
        """Return the ticks of the strobes on each bias line: regular, of any or of one phase.

        In the small chips layers without a bias input have strobes on their lines as well, and
        some strobes come twice, the second one while the first still waits.
        """
        if not any(self.params.bias):
            return ()
        small = self.config not in DIGITS
        step = SMALL_LEAK_PERIOD if small else LEAK_PERIOD
        phases = rng.integers(1, step, len(self.params.biases))
        if small and rng.random() < 0.5:
            phases[:] = phases[0]
        regular = (
            np.arange(phase if small or has_bias else last, last, step)
            for phase, has_bias in zip(phases, self.params.biases, strict=True)
        )
        return tuple(some_twice(strobes) if small else strobes for strobes in regular)

    def draw_events(self, rng: np.random.Generator, sample: int) -> tuple[np.ndarray, np.ndarray]:
        """Return one sample's AER events: a digit, or dense noise with some invalid addresses."""
        if self.config in DIGITS:
            label = LABELS[sample % len(LABELS)]
            image = int(rng.choice(np.flatnonzero(digits("test").y == label)))
            grey = prepare(digits("test").x[image : image + 1])[0]
            return encode(grey, EncodingParams(), image)
        count = (1500, 90, 90)[sample % 3]  # after few of them, output and answer are any
        tick = 1 + np.cumsum(rng.integers(EVENT_DISTANCE, (30, 30, 300)[sample % 3], count))
        address = rng.integers(0, 1 << self.params.aer_input.address_bits, count)
        if sample % 3:  # one source, which makes all of the last neurons fire together, or one
            favoured = 1 if sample % 3 == 2 else rng.integers(self.params.sizes[0])
            favoured += sample == 8  # of which another class than the first is the quickest
            address[:] = min(favoured, self.params.sizes[0] - 1)
        return tick, address

    def loading(self, weights: list[np.ndarray]) -> np.ndarray:
        """Return the rows that shift all weights in, layer by layer."""
        stream = np.concatenate(
            [loading_order(*pair) for pair in zip(self.params.layers, weights, strict=True)]
        )
        rows = self.blank(stream.size + 1)
        rows["tick"] = 1 + np.arange(rows.size)
        bits = [
            np.full(layer.weights.synapses, 1 << k) for k, layer in enumerate(self.params.layers)
        ]
        rows["load"][:-1] = np.concatenate(bits)
        rows["weight"][:-1] = stream & (1 << self.params.neuron.weight_bits) - 1
        return rows

    def loading_anyhow(self, rng: np.random.Generator, weights: list[np.ndarray]) -> np.ndarray:
        """Return rows that shift all weights in, layers in any order, while the scale moves.

        Layers whose turn is still to come and that are no larger shift in what others get.
        """
        loads = self.loading(weights)[:-1]
        ends = np.cumsum([layer.weights.synapses for layer in self.params.layers])
        own = np.split(loads, ends[:-1])
        order = rng.permutation(len(own)).tolist()
        sizes = [part.size for part in own]
        for place, k in enumerate(order):
            for later in order[place + 1 :]:
                if sizes[later] <= sizes[k]:
                    own[k]["load"][: sizes[later]] |= 1 << later
        rows = np.concatenate([*(own[k] for k in order), self.blank(1)])
        rows["tick"] = 1 + np.arange(rows.size)
        rows["scale"] = rng.integers(0, 1 << len(own), rows.size)
        return rows

    def sample(
        self, begin: int, tick: np.ndarray, address: np.ndarray, bias: tuple[np.ndarray, ...] = ()
    ) -> np.ndarray:
        """Return the rows of one sample: a clear, then a high and a low per event and strobe."""
        rows = self.blank(2 + 2 * tick.size)
        rows["clear"][0] = 1
        rows["tick"][1] = 1
        rows["tick"][2::2], rows["tick"][3::2] = tick, tick + 1
        rows["in_strobe"][2::2] = 1
        rows["in_address"][2::2] = rows["in_address"][3::2] = address
        rows["scale"] = scale_lines(self.params)
        if tick.size and tick[0] == 1:
            rows = np.delete(rows, 1)
        rows = with_bias(rows, bias)
        rows["tick"] += begin
        return rows

    def expect(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Load what was shifted in by then, run what was sent after each clear."""
        parts: dict[str, list[np.ndarray]] = {name: [] for name, _ in self.params.parts}
        for model, (begin, tick, address, bias) in self.played(rows):
            records = model.records(model.run(tick, address, bias, traced=True))
            for name, found in parts.items():
                records[name]["tick"] += begin
                keep(records[name], found)
                found.append(records[name])
        return {name: np.concatenate(found) for name, found in parts.items()}

    def loaded(self, rows: np.ndarray, end: int) -> list[np.ndarray]:
        """Return the matrices that the rows shift in until a tick; a row lasts until the next."""
        lasts = np.diff(rows["tick"], append=end)
        half = 1 << (self.params.neuron.weight_bits - 1)
        weights = []
        for k, layer in enumerate(self.params.layers):
            chosen = (rows["load"] >> k & 1) == 1
            stream = np.repeat(rows["weight"][chosen].astype(np.int64), lasts[chosen])
            recurrent = isinstance(layer, RecurrentLayerParams)
            memory = (SparseMemoryModel if recurrent else WeightMemoryModel)(layer.weights)
            memory.shift_all((stream + half) % (2 * half) - half)
            weights.append(memory.weights)
        return weights

    def samples(self, rows: np.ndarray) -> list[Sample]:
        """Return every sample's clear tick, its events and its strobes, in ticks since then."""
        cleared, _ = edges(rows, "clear", 1)
        tick, _ = edges(rows, "in_strobe", 1)
        address = rows["in_address"][np.searchsorted(rows["tick"], tick)].astype(np.int64)
        strobe, layer = (
            edges(rows, "bias", len(self.params.layers))
            if any(self.params.bias)
            else (tick[:0],) * 2
        )
        found = []
        for begin, end in pairwise([*cleared, np.iinfo(np.int64).max]):
            own, ours = (tick >= begin) & (tick < end), (strobe >= begin) & (strobe < end)
            bias = tuple(
                strobe[ours & (layer == k) & has_bias] - begin
                for k, has_bias in enumerate(self.params.biases)
            )
            found.append((int(begin), tick[own] - begin, address[own], bias))
        return found

    def played(self, rows: np.ndarray) -> Iterator[tuple[ChipModel, Sample]]:
        """Yield every sample, with a chip of weights and scales as they were at its clear."""
        model, before = None, (-1, -1)
        for sample in self.samples(rows):
            clear = int(np.searchsorted(rows["tick"], sample[0]))
            there, scale = rows[:clear], int(rows["scale"][clear])
            now = int(np.count_nonzero(there["load"])), scale
            if model is None or now != before:
                model, before = golden(self.params, self.loaded(there, sample[0]), scale), now
            yield model, sample

    def split(self, records: np.ndarray) -> dict[str, np.ndarray]:
        """Split the chip's word into its parts."""
        return {name: layout.select(records, name) for name, layout in self.params.parts}

    def pins(self, rows: np.ndarray, expected: dict[str, np.ndarray]) -> dict[str, Course]:
        """Follow output and answer; busy while any part is."""
        runs = [model.run(*sample[1:]) for model, sample in self.played(rows)]
        return self.pins_of(rows, runs, expected["readout"])

    def pins_of(
        self, rows: np.ndarray, runs: Sequence[ChipRun], readout: np.ndarray
    ) -> dict[str, Course]:
        """Return the courses of all pins, given a golden run of every sample."""
        params = self.params
        cleared, loaded = up(rows, "clear"), up(rows, "load")
        sent, line, invalid, busy = [], [], [], [cleared, loaded]
        for (begin, tick, address, _), run in zip(self.samples(rows), runs, strict=True):
            for layer in run.layers:
                busy.append(begin + at_work(layer.arbiter.tick, layer.tick, params.oscillator))
            busy += [begin + tick, begin + tick + LINE_DELAY]
            busy += [begin + sending_busy(run.output.tick, params.aer_output)]
            invalid.append(begin + tick[address >= params.aer_input.lines])
            sent.append(begin + run.output.tick)
            line.append(run.output.line)
        at_rest(rows, np.concatenate(busy[2:]), "clear", "load")
        events, lines = np.concatenate(sent), np.concatenate(line)
        output = sending(events, lines, params.aer_output)
        return {
            **{f"out_{name}": course for name, course in output.items()},
            "invalid": strobes(np.concatenate(invalid) + LINE_DELAY),
            **answers(cleared, readout),
            "busy": strobes(np.concatenate(busy)),
        }

    def coverage(self, rows: np.ndarray, records: dict[str, np.ndarray]) -> dict[str, int]:
        """Every part did something; the dense samples merge and send invalid addresses."""
        bins = {f"records of {name}": found.size for name, found in records.items()}
        if self.config not in ("mnist", "40nm"):
            for name, found in records.items():
                if name.startswith("layer"):
                    bins[f"merges in {name}"] = int(found["merged"].any(axis=1).sum())
        for k, layer in enumerate(self.params.layers, start=1):
            found = records[f"layer{k}"]
            if isinstance(layer, RecurrentLayerParams):
                granted = (found["integrated"] == 1) & (found["source"] >= layer.inputs)
                bins[f"grants of neurons of layer{k}"] = int(granted.sum())
            if self.params.biases[k - 1]:
                granted = (found["integrated"] == 1) & (found["source"] == layer.inputs - 1)
                bins[f"grants of the bias of layer{k}"] = int(granted.sum())
        bins["samples"] = len(self.samples(rows))
        return bins


BENCH = ChipBench

"""Bench of the chip: a network comes in through the scan chains, then frame after frame."""

from dataclasses import replace
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.shared.chip_levels import SMALL, draw_events, frame_levels, slowest
from goldspike.cosim.alwayson.shared.chip_loads import Pieces, leftovers, quiet, synapses_of
from goldspike.cosim.alwayson.shared.chip_pairs import Turn, turns
from goldspike.cosim.alwayson.shared.chip_readouts import readouts
from goldspike.cosim.alwayson.shared.chip_rows import Loaded, loaded
from goldspike.cosim.bench.bench import Bench, Choose
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Course, common, strobes, through
from goldspike.cosim.bench.stimulus import edges, every_tick, rows_from_levels, up
from goldspike.hdl.alwayson.chip import Chip
from goldspike.model.alwayson.chip import ALWAYSON_65NM, ChipParams, ChipTrace
from goldspike.model.alwayson.neuron_block import NeuronBlockParams, Settings
from goldspike.model.alwayson.shared.chip_loading import Levels, load_neurons, load_row
from goldspike.model.alwayson.shared.chip_trace import trace_frame
from goldspike.model.alwayson.synapse_arbiter import Policy
from goldspike.model.alwayson.synapse_memory import Storage
from goldspike.model.timing.power_gate import PowerGateParams

__all__ = ["BENCH", "ChipBench"]

COUNTERS = ("_lost", "_synapse_pulses", "_synapse_served")
"""What is traced, and goes on counting from frame to frame."""
MOST = 8
"""Frames per step, at most, until any output but the first has won."""
CLOCKS = ((1, 1), (1, 1), (1, 2), (2, 1), (1, 3), (3, 2), (9, 1), (15, 1), (1, 20), (1, 40))
"""Lengths of the ring and divisors, in turn, where :attr:`ChipBench.tuned`."""


class Frame(NamedTuple):
    """A frame, from one clear to the next.

    `first` is the tick of its first spike. Tick 0 of its golden run is `begin`; `frozen` is the
    last tick of that before the output core is frozen.
    """

    begin: int
    end: int
    first: int
    trace: ChipTrace
    frozen: int


class ChipBench(Bench):
    """A step is a frame: spikes, some of them too late, freeze, readout, clear.

    Where every load sets other clocks it is two. Small chips run on until any output but the first
    has won.
    """

    rtl = Chip
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {
        "3-5-3": ChipParams(layers=(3, 5, 3), thresholds=(1, 2)),
        "3-5-3-few-bits": ChipParams(
            layers=(3, 5, 3), thresholds=(1, 2), bits=3, output_bits=4, length_bits=4,
        ),
        "1-1": ChipParams(layers=(1, 1), thresholds=(1,), policy=Policy.ROUND_ROBIN),
        "5-3-5-3": ChipParams(
            layers=(5, 3, 5, 3), thresholds=(1, 1, 2), policy=Policy.ROUND_ROBIN,
            storage=Storage.MEMORY,
        ),
        "7-5-6-3": ChipParams(layers=(7, 5, 6, 3), thresholds=(1, 2, 2), bits=4, output_bits=6),
        "9-8-8-5": ChipParams(layers=(9, 8, 8, 5), thresholds=(1, 1, 1)),
        "slow-power": ChipParams(
            layers=(3, 4, 2), thresholds=(1, 1), neuron_clock=4,
            power=PowerGateParams(wake=3, reset=1, isolate=2, settle=3),
        ),
        **{
            f"{2 * neuron}:{2 * synapse}": ChipParams(
                layers=(3, 5, 3), thresholds=(1, 1), neuron_clock=neuron, synapse_clock=synapse,
                policy=(Policy.FIXED, Policy.ROUND_ROBIN)[k % 2],
            )
            for k, (neuron, synapse) in enumerate(
                ((4, 4), (1, 1), (17, 70), (3, 7), (7, 3), (1, 16), (16, 1), (31, 67))
            )
        },
        "256-128-128-128-10": ALWAYSON_65NM,
    }  # fmt: skip
    smaller: ClassVar[dict[str, tuple[int, ...]]] = {"9-8-8-5": (4, 3, 5, 5)}
    """Networks that do not fill their chip."""
    varied: ClassVar = {
        "layers": ((1, 1), (3, 2), (5, 3, 4), (2, 3, 4, 2)), "policy": tuple(Policy),
        "storage": tuple(Storage), "neuron_clock": range(1, 6), "synapse_clock": range(1, 9),
        "bits": (9, 3, 5), "output_bits": (12, 3, 6),
    }  # fmt: skip
    published = "256-128-128-128-10"
    checks = Checks(
        group="core, chip", assembled=True, gates="1-1", mutants=("3-5-3-few-bits",),
        synthesis="3-5-3", joined=True, slow=(published,), random=1, vectors=("3-5-3", 2),
        at_rest=("clear", "scan", "load"), waves=True,
    )  # fmt: skip
    shown = "3-5-3"
    steps = 8
    least_steps = 2

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a small chip, with a threshold for every core."""
        found = {name: choose(choices) for name, choices in cls.varied.items()}
        thresholds = tuple(choose(range(1, 4)) for _ in found["layers"][1:])
        return {**found, "thresholds": thresholds}

    @property
    def tuned(self) -> bool:
        """Whether every load sets other clocks and thresholds: where their fields are short."""
        return self.params.length_bits < ChipParams.length_bits

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons of the network, layer by layer."""
        return self.smaller.get(self.config) or self.params.layers

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Load a network; then frames, in between another row or threshold now and then."""
        params = self.params
        small = max(self.params.layers) < SMALL  # and loaded in between, too
        loads = [load for k in range(params.blocks) for load in self.draw_load(rng, k)]
        parts = [quiet(rng, params, self.names, [], loads)]
        synapses_first = sorted(range(params.blocks), key=lambda block: (block % 2 == 0, block))
        frame, frames, won = 0, 2 * steps if self.tuned else steps, params.layers[-1] == 1
        while frame < frames or (small and not won and frame < MOST * frames):
            if small and frame % 2 == 0:
                parts.append(
                    quiet(rng, params, self.names, parts, leftovers(rng, params, self.sizes))
                )
            state = loaded(params, self.rows(parts[:1] if not small else parts))
            levels, other = self.draw_frame(rng, state, frame)
            parts.append(levels)
            won |= other
            if small and frame % 2:
                block = params.blocks - 2
                if frame % 4 == 3:
                    block = synapses_first[frame // 4 % params.blocks]
                change = self.draw_load(rng, block, favoured=frame)
                parts.append(quiet(rng, params, self.names, parts, change))
            if self.tuned:
                blocks = rng.permutation(params.blocks)[: params.blocks // 2]
                loads = [load for k in blocks for load in self.draw_load(rng, int(k), frame)]
                parts.append(quiet(rng, params, self.names, parts, loads))
            frame += 1
        if self.tuned:
            for turn in turns(self.sizes):
                every = range(params.blocks)
                loads = [load for k in every for load in self.draw_load(rng, k, turn=turn)]
                parts.append(quiet(rng, params, self.names, parts, loads))
                state = loaded(params, self.rows(parts))
                parts.append(self.draw_frame(rng, state, 0, turn)[0])
            parts.append(quiet(rng, params, self.names, parts, leftovers(rng, params, self.sizes)))
        return self.rows(parts)

    def rows(self, parts: list[Pieces]) -> np.ndarray:
        """Return the rows of some stretches of levels."""
        return rows_from_levels(
            self, {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        )

    def draw_load(
        self, rng: np.random.Generator, block: int, favoured: int = -1, turn: Turn | None = None
    ) -> list[Levels]:
        """Return what sets up a block: settings, and for synapses all rows of the network."""
        params, small = self.params, max(self.params.layers) < SMALL
        if block % 2 == 0:
            last = block == params.blocks - 1
            neurons = params.output if last else params.cores[block // 2].neurons
            settings = neurons.settings
            if small and block > 0 and rng.random() < 0.3:
                settings = replace(settings, threshold=settings.threshold + 1)
            if small and last:  # a slow one is awake alone at the end
                settings = replace(settings, length=settings.length + int(rng.choice([0, 1, 9])))
            if self.tuned:
                length, divide = turn.clock(block) if turn else rng.choice(CLOCKS)
                threshold = int(rng.integers(0, neurons.neuron.fsm.highest + 1))
                threshold = turn.threshold if turn else threshold
                settings = Settings(length=int(length), divide=int(divide), threshold=threshold)
            return [load_neurons(block, neurons, settings)]
        synapses, settings, rows, columns = synapses_of(self.params, self.sizes, block)
        if self.tuned:
            length, divide = turn.clock(block) if turn else rng.choice(CLOCKS)
            settings = replace(settings, length=int(length), divide=int(divide))
        odds = np.full((rows, columns), 0.55)
        if small:  # rows that fire, rows that hold back; of the outputs one that wins
            odds = np.where(rng.random((rows, 1)) < 0.7, 0.8, 0.3)
            if block == self.params.blocks - 2:
                odds = np.where(np.arange(columns) == favoured % columns, 0.8, odds / 2)
        weights = np.where(rng.random((rows, columns)) < odds, 1, -1)
        if turn:
            weights = turn.weights(block, weights)
        return [load_row(block, synapses, settings, row, word) for row, word in enumerate(weights)]

    @property
    def names(self) -> tuple[str, ...]:
        """The input pins."""
        return tuple(name for name in self.blank(0).dtype.names or () if name != "tick")

    def draw_frame(
        self, rng: np.random.Generator, state: Loaded, number: int, turn: Turn | None = None
    ) -> tuple[Pieces, bool]:
        """Return the levels of a frame, and whether any output but the first wins.

        Every third is frozen at a spike.
        """
        params, cores = self.params, state.cores(state.last + 1)
        strays = self.config not in self.smaller
        events = draw_events(rng, params, self.sizes[0], turn, strays=strays)
        frame, spikes = events.last + 12 * slowest(params), events[:3]
        trace = self.run_frame(cores, state.output(state.last + 1), *spikes, frame)
        launches = trace.launches[-1][0]
        if number % 3 == 1 and launches.size:  # with a spike, or a tick before it
            frame = max(1, int(launches[launches.size // 2]) - number % 2)
            cores = state.cores(state.last + 1)
            trace = self.run_frame(cores, state.output(state.last + 1), *spikes, frame)
        levels = frame_levels(rng, params, self.names, events, trace, frame, number)
        return levels, bool(trace.potentials.argmax())

    def run_frame(
        self, cores: list[Any], output: NeuronBlockParams, tick: np.ndarray, address: np.ndarray,
        negative: np.ndarray, frame: int,
    ) -> ChipTrace:  # fmt: skip
        """Run the golden model; events are of ticks since the frame began."""
        known = address < self.params.layers[0]
        edges = (tick[known] + 1, address[known], negative[known].astype(np.int64))
        return trace_frame(cores, output, self.params.trace, edges, frame)

    @once
    def follow(self, rows: np.ndarray) -> tuple[Loaded, list[Frame]]:
        """Run all frames that were seen."""
        state, found = loaded(self.params, rows), []
        strobes_at, _ = edges(rows, "strobe", 1)
        place = np.searchsorted(rows["tick"], strobes_at)
        address = rows["address"][place].astype(np.int64)
        negative = rows["negative"][place].astype(np.int64)
        freezes, _ = edges(rows, "freeze", 1)
        for begin, end in pairwise([0, *up(rows, "clear").tolist(), state.last + 1]):
            own = (strobes_at > begin) & (strobes_at <= end)
            frozen = freezes[(freezes > begin) & (freezes <= end)]
            frame = int(frozen[0]) - 1 - begin if frozen.size else end
            first = int(strobes_at[own][0]) if own.any() else end
            trace = self.run_frame(
                state.cores(first), state.output(first), strobes_at[own] - begin, address[own],
                negative[own], frame,
            )  # fmt: skip
            found.append(Frame(begin, end, first, trace, frame))
        return state, found

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Run all frames; what counts goes on from one to the next, and all else is cleared."""
        _, frames = self.follow(rows)
        dtype = self.params.trace.record_dtype
        word, found = np.zeros(1, dtype), []
        counters = [name for name in dtype.names or () if name.endswith(COUNTERS)]
        for frame in frames:
            if frame.begin:
                after: Any = np.zeros(1, dtype)
                after["tick"] = frame.begin
                for name in counters:
                    after[name] = word[name]
                if after.tobytes()[8:] != word.tobytes()[8:]:
                    found.append(after)
                word = after
            records = frame.trace.records.copy()
            records["tick"] += frame.begin
            for name in counters:
                records[name] += word[name]
            found.append(records)
            word = np.concatenate([word, records])[-1:]
        return np.concatenate(found)

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask for a host that keeps the protocol of a frame."""
        _, frames = self.follow(rows)
        awake = np.concatenate([frame.begin + frame.trace.busy for frame in frames])
        used = np.concatenate([np.arange(frame.first, frame.end) for frame in frames])
        frozen, (strobed, _) = up(rows, "freeze"), edges(rows, "strobe", 1)
        thawed = np.setdiff1d(frozen + 1, frozen)
        busy = np.concatenate([awake, strobed, readouts(self.params, rows, expected)[1]])
        return {
            "cleared while not busy": common(up(rows, "clear"), busy),
            "loaded while not busy": common(up(rows, "scan", "load"), busy),
            "thawed while nothing is awake": common(thawed, awake),
            "loaded between two frames": common(up(rows, "scan", "load"), used),
            "a block that there is": rows["tick"][rows["scan_block"] >= self.params.blocks],
        }

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, Course]:
        """Follow readouts, losses, the chosen chain, and who is busy."""
        state, frames = self.follow(rows)
        ticks = np.arange(1, state.last + 1)
        filled = every_tick(rows)
        block = filled["scan_block"].astype(np.int64)
        ends = np.stack([chain.end(ticks) for chain in state.chains])
        busy = [frame.begin + frame.trace.busy for frame in frames]
        busy += [up(rows, "scan"), ticks[(filled["load"] == 1) & (block % 2 == 1)]]
        return {
            **self.frame_pins(rows, expected, np.concatenate(busy)),
            "scan_out": through(ends[block, ticks - 1], int(state.chains[0].bits[0])),
        }

    def frame_pins(
        self, rows: np.ndarray, expected: np.ndarray, busy: np.ndarray
    ) -> dict[str, Course]:
        """Follow the pins that frames move: all but the chosen chain's.

        Parameters
        ----------
        rows, expected : structured array
            Stimulus, and the golden model's records.
        busy : int64 (ticks,)
            On which the cores are, or the pins ask for anything but a frame.
        """
        params = self.params
        read, reads = readouts(params, rows, expected)
        losses = np.stack([expected[f"{name}_lost"] for name, _ in params.parts], axis=1)
        lost = np.diff(losses, axis=0, prepend=np.zeros((1, losses.shape[1]), np.uint8)) != 0
        strobe, _ = edges(rows, "strobe", 1)
        beyond = rows["address"][np.searchsorted(rows["tick"], strobe)] >= params.layers[0]
        works = np.concatenate([busy, strobe, strobe + 1, up(rows, "clear"), reads])
        return {
            **read,
            "lost": strobes(expected["tick"] + 1, lost),
            "invalid": strobes(strobe[beyond] + 1),
            "busy": strobes(works),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count what every core does, what is lost, and what comes too late."""
        _, frames = self.follow(rows)
        freezes, _ = edges(rows, "freeze", 1)
        bins = {"frames": len(frames) - 1, "freezes": freezes.size}
        for k in range(len(self.params.cores)):
            bins[f"requests that core {k} serves"] = sum(
                frame.trace.counts[k]["synapse_served"] for frame in frames
            )
        bins["spikes of the output core"] = sum(f.trace.counts[-1]["spikes"] for f in frames)
        bins["spikes that come too late"] = sum(
            int((f.trace.launches[-1][0] > f.frozen).sum()) for f in frames
        )
        bins["lost spikes"] = sum(c["lost"] for f in frames for c in f.trace.counts)
        bins["winners but the first"] = int(self.pins(rows, records)["winner"][1].any())
        if self.params.layers[-1] == 1:
            del bins["winners but the first"]
        return bins


BENCH = ChipBench

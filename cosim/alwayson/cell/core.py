"""Bench of the core in ``cell``: two rings that know nothing of each other, to the picosecond."""

from copy import deepcopy
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.alwayson.core import CoreBench as TickBench
from goldspike.cosim.alwayson.core import beside
from goldspike.cosim.alwayson.shared.core_levels import STROBES, until_rest
from goldspike.cosim.alwayson.shared.handshakes import check_handshakes
from goldspike.cosim.alwayson.shared.held_lines import hold
from goldspike.cosim.alwayson.shared.overlaps import noise, strokes, until_later
from goldspike.cosim.alwayson.shared.power_pins import power_pins
from goldspike.cosim.bench.cell_bench import CellBench
from goldspike.cosim.bench.pins import Course, taken_up
from goldspike.cosim.bench.stimulus import edges, get_lines, rows_from_levels
from goldspike.hdl.alwayson.cell.core import Core
from goldspike.hdl.alwayson.neuron_block import POWER_PINS
from goldspike.model.alwayson.core import CoreModel, CoreParams
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_block import NeuronBlockParams, Settings
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams
from goldspike.model.alwayson.synapse_arbiter import Policy
from goldspike.model.alwayson.synapse_block import SynapseBlockParams, SynapseSettings
from goldspike.model.timing.power_gate import PowerGateParams, PowerState
from goldspike.model.trace import TraceLayout

__all__ = ["BENCH", "GRID", "CoreBench"]

GRID = 50
"""Picoseconds from one moment at which pins may change to the next; the neurons' ring keeps it."""
CLOCKS = ("scan_neurons", "scan_synapses", "load")
"""Clocks in picoseconds, strobes in ticks."""
TURNS = 4
"""How often the chains are filled in a run."""
NEURON_POWER = PowerGateParams(wake=90, settle=140)
SYNAPSE_POWER = PowerGateParams(wake=90, reset=10, isolate=20, settle=340)


def core(
    rows: int, columns: int, kind: Kind, policy: Policy, lengths: tuple[int, int]
) -> CoreParams:
    """Return a core; the lengths are those of the neurons' and of the synapse block's ring."""
    neuron = NeuronParams(fsm=NeuronFsmParams(kind=kind), power=NEURON_POWER)
    return CoreParams(
        neurons=NeuronBlockParams(
            neurons=rows, neuron=neuron, length_bits=12, divide_bits=2,
            settings=Settings(length=lengths[0]),
        ),
        synapses=SynapseBlockParams(
            rows=rows, columns=columns, policy=policy, power=SYNAPSE_POWER, length_bits=12,
            divide_bits=2, settings=SynapseSettings(length=lengths[1]),
        ),
    )  # fmt: skip


class CoreBench(CellBench):
    """A step is a spike. Both chains bring in settings and weights before, at rest.

    Spikes come on a grid of 50 ps, as the edges of the neurons' clock do, and so their requests;
    the synapse block's ring has an odd length, so that no rising edge of its clock meets one.
    Spikes whose requests meet a falling one, or its power as it goes, are drawn again.
    """

    rtl = Core
    configs: ClassVar = {
        "hidden-3x5": core(3, 5, Kind.HIDDEN, Policy.ROUND_ROBIN, (100, 413)),
        "input-2x3-slow-neurons": core(2, 3, Kind.INPUT, Policy.FIXED, (450, 257)),
    }
    scanned: ClassVar = {
        "hidden-3x5": (Settings(length=150, divide=2, threshold=2), SynapseSettings(length=307)),
        "input-2x3-slow-neurons": (Settings(length=200), SynapseSettings(length=201, divide=3)),
    }
    varied: ClassVar = {
        "neurons.neuron.fsm.kind": (Kind.HIDDEN, Kind.INPUT),
        "neurons.neuron.power.wake": (10, 90), "neurons.neuron.power.settle": (40, 140),
        "neurons.settings.length": range(100, 400, GRID), "neurons.settings.divide": range(1, 4),
        "synapses.columns": range(1, 6), "synapses.policy": tuple(Policy),
        "synapses.power.settle": (10, 340), "synapses.settings.length": range(201, 700, 2),
        "synapses.settings.divide": range(1, 4),
    }  # fmt: skip
    published = "hidden-3x5"
    steps = 300
    least_steps = 150

    @property
    def layout(self) -> TraceLayout:
        """The layout of the circuit's trace word: that of ``tick``."""
        return self.params.trace

    @property
    def in_ticks(self) -> TickBench:
        """The bench in ``tick``, whose golden core is this one's, too."""
        return TickBench(TickBench.published, self.params)

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Load, spike; then the same with the settings after reset, which clears part; twice.

        Some spikes stay up until the next load is over.
        """
        model, params = CoreModel(self.params), self.params
        own = (params.neurons.settings, params.synapses.settings)
        parts, ends = [], []
        for settings in (self.scanned.get(self.config, own), own) * (TURNS // 2):
            idle = int(rng.integers(0, params.synapses.columns))
            chosen = (settings[0], replace(settings[1], idle=idle))
            parts.append(self.load(rng, model, chosen))
            ends.append(sum(len(part["load"]) for part in parts) - 2 * GRID)
            left = steps // TURNS
            while left > 0:
                count = int(rng.integers(1, 13))
                part, model = self.spikes(rng, model, chosen, count)
                parts.append(part)
                left -= count
        names = ("plus", "minus", *STROBES)
        joined = {name: np.concatenate([part[name] for part in parts]) for name in names}
        for end in ends:
            hold(joined["plus"], end, end)
            hold(joined["minus"][:, 1:], end, end)
        return rows_from_levels(self, joined)

    def load(
        self,
        rng: np.random.Generator,
        model: CoreModel,
        settings: tuple[Settings, SynapseSettings],
    ) -> dict[str, np.ndarray]:
        """Bring in the settings and the weights of every row; clears come meanwhile.

        Clocks stay up over edges of each other, and clears over edges of all. The first bits of the
        neurons' chain go into both, and are written over in the other one.
        """
        params, pieces = self.params, []

        def piece(bits: list[bool], *clocks: str) -> None:
            twice = 2 * len(bits)
            levels = {name: np.zeros(twice, bool) for name in STROBES}
            for clock in clocks:
                levels[clock] = np.arange(twice) % 2 == 1
            levels["scan_in"] = np.repeat(np.array(bits, bool), 2)
            pieces.append(levels)

        bits, rows = params.neurons.scanned(settings[0]), rng.permutation(params.neurons.neurons)
        both, turn = int(rng.integers(1, len(bits))), int(rng.integers(rows.size))
        for place, row in enumerate(rows):
            if place == turn:
                piece(bits[:both], "scan_neurons", "scan_synapses")
                piece(bits[both:], "scan_neurons")
            word = {"row": int(row), "word": int(rng.integers(0, 1 << params.synapses.columns))}
            values = {**vars(settings[1]), **word}
            piece(params.synapses.scan_chain.scanned(values), "scan_synapses")
            piece([bool(rng.integers(2))], "load")
        piece([False, False])
        steps = {name: np.concatenate([levels[name] for levels in pieces]) for name in STROBES}
        for name in CLOCKS:
            steps[name] = until_later(rng, steps[name])
        steps["clear"] = strokes(rng, steps[CLOCKS[rng.integers(len(CLOCKS))]])
        for level in steps.values():
            level[-1] = False
        spread = {name: np.repeat(level, GRID) for name, level in steps.items()}
        lines = np.zeros((len(spread["clear"]), 2, params.neurons.neurons), bool)
        taken = [
            np.diff(level, prepend=False) & level if name in CLOCKS else level
            for name, level in spread.items()
        ]
        model.run(lines, np.stack(taken, axis=1))
        return {**spread, "plus": lines[:, 0], "minus": lines[:, 1]}

    def spikes(
        self,
        rng: np.random.Generator,
        model: CoreModel,
        settings: tuple[Settings, SynapseSettings],
        count: int,
    ) -> tuple[dict[str, np.ndarray], CoreModel]:
        """Send some spikes, at once or one by one, until the core rests; return it then."""
        n = self.params.neurons.neurons
        longest = self.params.synapses.clock(settings[1]).period // GRID
        while True:
            gaps = rng.integers(2, rng.choice([4, longest, 6 * longest]) + 4, count)
            steps = np.cumsum(gaps)
            lines = np.zeros((int(steps[-1]) + 4, 2, n), bool)
            lines[steps, (rng.random(count) < 0.2).astype(int), rng.integers(0, n, count)] = True
            lines[steps[rng.random(count) < 0.2]] |= rng.random((2, n)) < 0.5
            lines[1:] |= lines[:-1] & ~np.roll(lines, -1, axis=0)[1:] & (rng.random(n) < 0.3)
            lines[-1] = False
            lines = np.repeat(lines, GRID, axis=0)
            levels = until_rest(deepcopy(model), lines, int(rng.integers(0, 40 * GRID)))
            count_ps = len(levels["plus"])
            wide = {
                name: np.concatenate([level, np.zeros((-count_ps % GRID, *level.shape[1:]), bool)])
                for name, level in levels.items()
            }
            pair = np.stack([wide["plus"], wide["minus"]], axis=1)
            rested = deepcopy(model)
            traced = rested.run(pair, traced=True).records
            assert traced is not None
            if not meets(traced, n):
                wide["scan_in"] = np.repeat(noise(rng, len(pair) // GRID), GRID)
                return wide, rested

    def as_ticks(self, rows: np.ndarray) -> np.ndarray:
        """Return the rows as the golden core takes them: strobes instead of clocks."""
        rises = {name: edges(rows, name, 1)[0] for name in CLOCKS}
        ends = np.concatenate(list(rises.values())) + 1
        moments = np.union1d(rows["tick"], ends)
        found = rows[np.searchsorted(rows["tick"], moments, side="right") - 1]
        found["tick"] = moments
        for name, ticks in rises.items():
            found[name] = np.isin(moments, ticks)
        return found

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Let the golden core run on what was seen."""
        return self.in_ticks.expect(self.as_ticks(rows))

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask what the core in ticks asks, and that no chain shifts as its word is loaded."""
        load, scan = (edges(rows, name, 1)[0] for name in ("load", "scan_synapses"))
        return {
            **self.in_ticks.forbidden(self.as_ticks(rows), expected),
            "the chain holds still as it is loaded": np.intersect1d(load, scan),
        }

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Take the records as they are."""
        return records

    def check(self, records: np.ndarray) -> None:
        """Check what holds in any run of the synapse block."""
        layout, place = self.params.synapses.trace, self.params.trace.dtype.itemsize
        size = layout.dtype.itemsize
        words = np.ascontiguousarray(records).view(np.uint8).reshape(records.size, -1)
        seen = layout.from_bytes(records["tick"], words[:, 8 + place - size :])
        changed = np.append(True, (seen[1:] != seen[:-1]))
        check_handshakes(seen[changed[: seen.size]], self.params.synapses.rows)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, Course]:
        """Follow the golden core; power of the neurons, the golden neuron block."""
        ticks, tick = self.as_ticks(rows), expected["tick"]
        run = self.in_ticks.run_model(ticks)
        words, _ = self.in_ticks.run_neurons(ticks, expected)
        power = self.params.neurons.neuron.power, self.params.synapses.power
        states = (
            (words["tick"], words["neurons"]["power"]),
            (tick, expected["synapse_power"][:, None]),
        )
        gates = [
            power_pins(gate, *seen, taken_up) for gate, seen in zip(power, states, strict=True)
        ]
        chains = self.in_ticks.chains(ticks)
        shown = {
            "plus_out": run.spikes[:, 0], "minus_out": run.spikes[:, 1],
            "neuron_clock": run.neuron_clock, "synapse_clock": run.synapse_clock,
        }  # fmt: skip
        ends = {
            f"scan_out_{name}": (np.maximum(chain.out[0] - 1, 0), chain.out[1])
            for name, chain in zip(("neurons", "synapses"), chains, strict=True)
        }
        return {
            **{name: at_once(level) for name, level in shown.items()},
            **{name: beside(*(gate[name] for gate in gates)) for name in POWER_PINS},
            **ends,
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Sleep of either block alone; requests, losses; wake-ups in time."""
        n, power = self.params.neurons.neurons, records["synapse_power"]
        request, ack = (get_lines(records, name, n) for name in ("request", "synapse_ack"))
        shown = self.in_ticks.run_model(self.as_ticks(rows)).spikes
        off = power == PowerState.OFF
        bins: dict[str, Any] = {
            "neurons awake, synapses asleep": (records["awake"] == 1) & off,
            "neurons asleep, synapses awake": (records["awake"] == 0) & ~off,
            "lost spikes": np.diff(records["lost"].astype(int)) != 0,
            "a request while the synapse block works": new(request).any(axis=1)
            & (power == PowerState.ON),
            "several wait": request.sum(axis=1) > 1,
            "from Ack to Ack": new(ack)[1:].any(axis=1) & ack[:-1].any(axis=1),
            "every row is granted": new(ack).sum(axis=0).min(),
            "spikes +": shown[:, 0],
            "spikes -": shown[:, 1],
        }
        return {name: int(np.sum(hits)) for name, hits in bins.items()}


def new(lines: np.ndarray) -> np.ndarray:
    """Return which lines rise with each record."""
    return lines & ~np.vstack([np.zeros_like(lines[:1]), lines[:-1]])


def meets(records: np.ndarray, n: int) -> bool:
    """Return whether a request meets an edge of the synapse block's clock, or its power going."""

    def moments(moved: np.ndarray) -> np.ndarray:
        return records["tick"][1:][moved]

    request, power = get_lines(records, "request", n), records["synapse_power"].astype(int)
    arrive = moments((request[1:] != request[:-1]).any(axis=1)) + 1
    edge = moments(np.diff(records["synapse_clock"].astype(int)) != 0)
    gone = moments((power[1:] == PowerState.OFF) & (power[:-1] != PowerState.OFF))
    return bool(np.isin(arrive, np.concatenate([edge, gone])).any())


def at_once(levels: np.ndarray) -> Course:
    """Return the course of a pin of which the model says on every tick what it was before."""
    changed = (levels[1:] != levels[:-1]).reshape(len(levels) - 1, -1).any(axis=1)
    ticks = np.flatnonzero(changed) + 1
    return taken_up(ticks, levels[ticks])


BENCH = CoreBench

"""Bench of a core: spikes in, spikes out, and everything between, whatever the clocks' ratio."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.neuron import SLOW
from goldspike.cosim.alwayson.neuron_block import NeuronBlockBench
from goldspike.cosim.alwayson.shared.core_levels import SLICE, STROBES
from goldspike.cosim.alwayson.shared.power_pins import power_pins
from goldspike.cosim.alwayson.shared.scanned import Scanned
from goldspike.cosim.alwayson.stimuli.core import HANDLED, CoreStimulus
from goldspike.cosim.alwayson.stimuli.synapse_block import MOST_COVERED, RATIOS
from goldspike.cosim.alwayson.synapse_block import SynapseBlockBench
from goldspike.cosim.bench.bench import Bench, Choose
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Course, Pins, at, distinct, held, strobes, through
from goldspike.cosim.bench.stimulus import edges, every_tick, get_lines, up
from goldspike.hdl.alwayson.core import Core
from goldspike.hdl.alwayson.neuron_block import POWER_PINS
from goldspike.model.alwayson.core import CoreModel, CoreParams, CoreRun
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_block import (
    NeuronBlockModel,
    NeuronBlockParams,
    Settings,
    acks,
    clears,
    spikes,
)
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams
from goldspike.model.alwayson.synapse_arbiter import Policy
from goldspike.model.alwayson.synapse_block import SynapseBlockParams
from goldspike.model.alwayson.synapse_memory import Storage
from goldspike.model.timing.power_gate import PowerGateParams, PowerState

__all__ = ["BENCH", "CoreBench"]

PHASES = 16
"""A clock of a longer period is met at a quarter of its phases at least."""


def core(
    n: int, columns: int, kind: Kind = Kind.HIDDEN, power: PowerGateParams | None = None,
    length: int = 1, **of_synapses: Any,
) -> CoreParams:  # fmt: skip
    """Return a core of so many neurons and columns."""
    gate = power or PowerGateParams()
    neuron = NeuronParams(fsm=NeuronFsmParams(kind=kind), power=gate)
    return CoreParams(
        neurons=NeuronBlockParams(neurons=n, neuron=neuron, settings=Settings(length=length)),
        synapses=SynapseBlockParams(rows=n, columns=columns, power=gate, **of_synapses),
    )


ROUND = {"policy": Policy.ROUND_ROBIN, "storage": Storage.MEMORY}


class CoreBench(CoreStimulus):
    """Hidden and input cores of any shape, at every pace and ratio of the two clocks."""

    rtl = Core
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {
        "hidden-3x5": core(3, 5, **ROUND),
        "hidden-128x128": core(128, 128),
        "input-256x128": core(256, 128, Kind.INPUT, storage=Storage.MEMORY),
        "hidden-1x1": core(1, 1),
        "input-1x1": core(1, 1, Kind.INPUT),
        "input-3x5": core(3, 5, Kind.INPUT),
        "hidden-5x3": core(5, 3),
        "input-5x3": core(5, 3, Kind.INPUT, **ROUND),
        "hidden-5x3-slow-power": core(5, 3, power=SLOW, length=4),
        "hidden-2x3-few-bits": CoreParams(
            neurons=NeuronBlockParams(
                neurons=2,
                neuron=NeuronParams(fsm=NeuronFsmParams(bits=3)),
                length_bits=3,
                divide_bits=2,
            ),
            synapses=SynapseBlockParams(
                rows=2, columns=3, policy=Policy.ROUND_ROBIN, length_bits=3, divide_bits=2
            ),
        ),
        **{
            name: core(3, 5, (Kind.HIDDEN, Kind.INPUT)[k // 2 % 2], **(ROUND if k % 2 else {}))
            for k, name in enumerate(RATIOS)
        },
    }
    published = "hidden-128x128"
    checks = Checks(
        group="core, chip",
        assembled=True,
        gates="hidden-3x5",
        mutants=("hidden-2x3-few-bits",),
        synthesis="hidden-3x5",
        joined=True,
        slow=("hidden-128x128", "input-256x128"),
        random=1,
    )
    shown = "hidden-3x5"

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a small core whose clocks are slow enough to wake in."""
        neurons = NeuronBlockBench.vary(choose)
        neurons["neuron.fsm.kind"] = choose((Kind.HIDDEN, Kind.INPUT))
        synapses = {**SynapseBlockBench.vary(choose), "rows": neurons["neurons"]}
        parts = {"neurons": neurons, "synapses": synapses}
        return {f"{part}.{key}": parts[part][key] for part in parts for key in parts[part]}

    @once
    def run_model(self, rows: np.ndarray) -> CoreRun:
        """Run the golden model on what was seen at the pins, and until it rests."""
        n, filled = self.params.neurons.neurons, every_tick(rows)
        lines = np.stack([get_lines(filled, name, n) for name in ("plus", "minus")], axis=1)
        levels = np.stack([filled[name] == 1 for name in STROBES], axis=1)
        model = CoreModel(self.params)
        runs = [model.run(lines, levels, traced=True)]
        while runs[-1].busy[-1] and len(runs) < 100 and not levels[-1].any():
            runs.append(model.run(np.repeat(lines[-1:], SLICE, axis=0), traced=True))
        joined = {
            name: np.concatenate([getattr(run, name) for run in runs])
            for name in ("records", "spikes", "busy", "neuron_clock", "synapse_clock")
        }
        return CoreRun(**joined)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Let the golden core run on what was seen."""
        records = self.run_model(rows).records
        assert records is not None
        return records

    @once
    def run_neurons(self, rows: np.ndarray, records: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Run the golden neuron block on the core's spikes and acknowledgements.

        Returns
        -------
        tuple of structured arrays
            Trace records, with an array of the neurons; the spikes.
        """
        params, n = self.params.neurons, self.params.neurons.neurons
        found = [
            spikes(tick, neuron, np.full(tick.size, line))
            for line, name in enumerate(("plus", "minus"))
            for tick, neuron in (edges(rows, name, n),)
        ]
        chain, shifts = self.chains(rows)[0], up(rows, "scan_neurons")
        arrive = np.unique(np.concatenate([part["tick"] for part in found]))
        shifted, first = np.unique(np.searchsorted(shifts, arrive), return_index=True)
        level = get_lines(records, "synapse_ack_seen", n)
        row, neuron = np.nonzero(level != np.vstack([np.zeros_like(level[:1]), level[:-1]]))
        found.append(acks(records["tick"][row] + 1, neuron, level[row, neuron]))
        found.append(clears(up(rows, "clear")))
        events = np.concatenate(found)
        place = np.searchsorted(shifted, np.searchsorted(shifts, events["tick"]), side="right") - 1
        words, log, state = [np.zeros(0, params.record_dtype)], [], None
        for k, tick in enumerate(arrive[first] if arrive.size else [1]):
            names = ("length", "divide", "threshold")
            now = Settings(**{name: int(chain.after(np.array([tick]), name)[0]) for name in names})
            model = NeuronBlockModel(params, now)
            model.state = state or model.state
            run = model.run(events[np.maximum(place, 0) == k], traced=True)
            assert run.records is not None
            words.append(run.records.view(params.record_dtype))
            log.append(run.spikes)
            state = model.state
        return np.concatenate(words), np.concatenate(log)

    @once
    def chains(self, rows: np.ndarray) -> tuple[Scanned, Scanned]:
        """Return what the two scan chains hold."""
        filled, params = every_tick(rows), self.params
        return (
            Scanned(params.neurons.scan_chain, filled["scan_neurons"], filled["scan_in"]),
            Scanned(params.synapses.scan_chain, filled["scan_synapses"], filled["scan_in"]),
        )

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that nobody scans, loads or clears while anything else is under way."""
        handled = up(rows, *HANDLED)
        busy = np.append(False, self.run_model(rows).busy)  # from tick 0 on
        begins = handled[~np.isin(handled - 1, handled)]
        arrive = [edges(rows, name, self.params.neurons.neurons)[0] for name in ("plus", "minus")]
        meets = np.intersect1d(handled, np.concatenate(arrive))
        return {"the core rests": np.union1d(begins[busy[begins - 1]], meets)}

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the golden core; losses and power of the neurons, the golden neuron block."""
        run, n = self.run_model(rows), self.params.neurons.neurons
        words, log = self.run_neurons(rows, expected)
        lost = log[log["lost"] == 1]
        moments, place = np.unique(lost["tick"], return_inverse=True)
        lines = np.zeros((moments.size, 2 * n), bool)
        lines[place, 2 * lost["neuron"] + lost["line"]] = True
        gates = [
            power_pins(power, tick, states, held)
            for power, tick, states in (
                (self.params.neurons.neuron.power, words["tick"], words["neurons"]["power"]),
                (self.params.synapses.power, expected["tick"], expected["synapse_power"][:, None]),
            )
        ]
        neurons, synapses = self.chains(rows)
        return {
            "plus_out": through(run.spikes[:, 0]),
            "minus_out": through(run.spikes[:, 1]),
            "lost": strobes(moments + 1, lines),
            "neuron_clock": through(run.neuron_clock),
            "synapse_clock": through(run.synapse_clock),
            **{name: beside(*(gate[name] for gate in gates)) for name in POWER_PINS},
            "scan_out_neurons": neurons.out,
            "scan_out_synapses": synapses.out,
            "busy": through(run.busy),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Sleep of either block alone; requests, losses, clears; phases of the clocks."""
        params, tick, n = self.params, records["tick"], self.params.neurons.neurons
        run, log = self.run_model(rows), self.run_neurons(rows, records)[1]

        def before(values: np.ndarray) -> np.ndarray:
            return np.concatenate([np.zeros_like(values[:1]), values[:-1]])

        request, ack = (get_lines(records, name, n) for name in ("request", "synapse_ack"))
        asked = tick[(request & ~before(request)).any(axis=1)]
        grants = ack & ~before(ack)
        granted = tick[grants.any(axis=1)]
        off = records["synapse_power"] == PowerState.OFF
        cleared, handled = up(rows, "clear"), up(rows, "scan_neurons")
        rises = [
            np.flatnonzero(clock & ~before(clock))
            for clock in (run.neuron_clock, run.synapse_clock)
        ]
        idle = self.chains(rows)[1].after(granted, "idle")
        signs = [(run.spikes[:, k] & ~before(run.spikes[:, k])).any(axis=1) for k in range(2)]
        seen = held(tick, records["synapse_ack_seen"])
        bins: dict[str, Any] = {
            "lost spikes": log["lost"] == 1,
            "neurons awake, synapses asleep": (records["awake"] == 1) & off,
            "neurons asleep, synapses awake": (records["awake"] == 0) & ~off,
            "spikes of both signs leave": min(signs[0].sum(), signs[1].sum()),
            "both clocks rise on one tick": np.intersect1d(rises[0], rises[1]).size,
            "a clear of an Ack that was seen": at(seen, cleared) != 0,
            "both chains shift": np.intersect1d(handled, up(rows, "scan_synapses")).size,
            "a clear while the neurons' chain shifts": np.intersect1d(handled, cleared).size,
            "a load while the neurons' chain shifts": np.intersect1d(
                handled, up(rows, "load")
            ).size,
            "a clear while the synapses' chain shifts": np.intersect1d(
                cleared, up(rows, "scan_synapses")
            ).size,
            "every column is used": idle == 0,
        }  # fmt: skip
        if n > 1:
            bins |= self.phases(rows, asked, granted, rises)
            state = records["synapse_power"]
            again = (before(state) == PowerState.GOING_OFF) & (state == PowerState.ON)
            if self.free_phases and params.synapses.clock(self.clocks[1]).period <= PHASES:
                bins["a request wakes the synapses as they go to sleep"] = again
            bins["several wait"] = request.sum(axis=1) > 1
            bins["from Ack to Ack"] = grants.any(axis=1) & before(ack).any(axis=1)
        if n <= MOST_COVERED:
            bins["every row is granted"] = grants.sum(axis=0).min()
        if params.synapses.columns > 1:
            bins["idle columns"] = idle > 0
        if Kind(params.neurons.neuron.fsm.kind) is Kind.HIDDEN:
            place = np.searchsorted(tick, cleared)
            if n > 1:
                bins["a clear of potentials"] = records["potentials"][place[place > 0] - 1] != 0
            below = records["potentials"] >= 1 << params.neurons.neuron.fsm.bits - 1
            bins["negative potentials"] = below
        if n > 1 and params.synapses.policy is Policy.ROUND_ROBIN:
            following = held(tick, records["synapse_following"])
            bins["a clear of where round robin looks"] = at(following, cleared) != 0
        return {
            name: int(np.count_nonzero(hits) if np.ndim(hits) else hits)
            for name, hits in bins.items()
        }

    @property
    def free_phases(self) -> bool:
        """Whether requests meet every phase of the synapse block's clock.

        Where the neurons' clock is not the faster one by far, the two keep step: it rests only as
        the synapse block does.
        """
        neurons, synapses = self.clocks
        fast = self.params.neurons.clock(neurons).period
        return 2 * fast <= self.params.synapses.clock(synapses).period

    def phases(
        self, rows: np.ndarray, asked: np.ndarray, granted: np.ndarray, rises: list[np.ndarray]
    ) -> dict[str, int]:
        """Return what phases of either clock the other side's handshake meets."""
        params, own, chains = self.params, self.clocks, self.chains(rows)
        periods = [params.neurons.clock(own[0]).period, params.synapses.clock(own[1]).period]
        sides = [("an Ack", granted, "neurons'"), ("a request", asked, "synapses'")]
        bins: dict[str, int] = {}
        if not self.free_phases:
            return bins
        for (what, times, whose), chain, period, edge in zip(
            sides, chains, periods, rises, strict=True
        ):
            length, divide = (chain.after(times, name) for name in ("length", "divide"))
            ticks = times[2 * length * divide == period]
            place = np.searchsorted(edge, ticks, side="right") - 1
            since = (ticks - edge[place])[place >= 0]
            hits = np.bincount(since[since < period], minlength=period)
            few = period <= PHASES
            share = "every phase" if few else "a quarter of the phases"
            bins[f"{what} at {share} of the {whose} clock"] = (
                int(hits.min()) if few else int(4 * np.count_nonzero(hits) >= period)
            )
        return bins


def beside(first: Course, second: Course) -> Course:
    """Return the course of a bundle: the lines of the first pin, then those of the second."""
    ticks = distinct(np.concatenate([first[0], second[0]]))
    return ticks, np.concatenate([at(first, ticks), at(second, ticks)], axis=1)


BENCH = CoreBench

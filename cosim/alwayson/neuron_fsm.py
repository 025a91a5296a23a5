"""Bench of the neuron FSMs: state, potential and what is reset, after every pulse."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.stimuli.neuron_fsm import NeuronFsmStimulus
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.cosim.bench.stimulus import every_tick
from goldspike.hdl.alwayson.neuron_fsm import NeuronFsm
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmModel, NeuronFsmParams, NeuronState

__all__ = ["BENCH", "LEGAL", "STATE_NAMES", "NeuronFsmBench"]

STATE_NAMES: dict[int, str] = {
    NeuronState.STANDBY: "Start/Standby",
    NeuronState.POTENTIAL_UPDATE: "Potential Update",
    NeuronState.CHECK: "Check",
    NeuronState.POTENTIAL_RESET: "Potential Reset",
    NeuronState.SPK_REQ: "Spk Req",
    NeuronState.POTENTIAL_UPDATE_2: "Potential Update 2",
    NeuronState.FLIPFLOP_RESET: "Flip-flop Reset",
}
LEGAL = {
    Kind.INPUT: (NeuronState.STANDBY, NeuronState.SPK_REQ),
    Kind.HIDDEN: tuple(NeuronState)[:6],
    Kind.OUTPUT: (
        NeuronState.STANDBY, NeuronState.POTENTIAL_UPDATE, NeuronState.FLIPFLOP_RESET
    ),
}  # fmt: skip


class NeuronFsmBench(NeuronFsmStimulus):
    """All three kinds, with potentials of 2 to 12 bits."""

    rtl = NeuronFsm
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {
        "hidden": NeuronFsmParams(),
        "input": NeuronFsmParams(kind=Kind.INPUT),
        "output": NeuronFsmParams(kind=Kind.OUTPUT),
        "hidden-2": NeuronFsmParams(bits=2),
        "hidden-5": NeuronFsmParams(bits=5),
        "output-12": NeuronFsmParams(kind=Kind.OUTPUT, bits=12),
        "output-4": NeuronFsmParams(kind=Kind.OUTPUT, bits=4),
    }
    large: ClassVar = {"top": NeuronFsmParams(bits=16)}
    varied: ClassVar = {"kind": tuple(Kind), "bits": range(2, 17)}
    published = "hidden"
    checks = Checks(
        group="wake-up, neuron FSM",
        mutants=("hidden-5",),
        random=1,
        exclusions=(
            Exclusion(
                "lines",
                "with m.Default():\nm.d.fsm += self.state.eq(State.STANDBY)",
                "states that only an upset brings about; proved to end in standby",
            ),
        ),
    )

    @once
    def follow(self, rows: np.ndarray) -> np.ndarray:
        """Return per tick (tick, state before, state, potential before, potential, resets)."""
        model, found = NeuronFsmModel(self.params), []
        for row in every_tick(rows):
            before = (model.state, model.potential)
            resets = 0
            waits = {"plus": bool(row["pending"] & 1), "minus": bool(row["pending"] & 2)}
            kept = model.potential
            if row["step"]:
                resets = model.pulse(**waits, ack=bool(row["ack"]), threshold=int(row["threshold"]))
            if row["retain"]:
                model.fsm.potential[0] = kept
            if row["reset"]:
                model.reset()
            if row["clear"]:
                model.clear()
            after = (model.state, before[1], model.potential, resets, model.request)
            found.append((row["tick"], before[0], *after))
        return np.array(found, np.int64)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Step, reset and clear as seen."""
        every, found = every_tick(rows), self.follow(rows)
        chosen = (every["step"] | every["reset"] | every["clear"]) == 1
        records = np.zeros(int(chosen.sum()), self.layout.record_dtype)
        tick, _, state, _, potential, resets, request = found[chosen].T
        records["tick"], records["state"] = tick, state
        records["potential"] = potential % (1 << self.params.bits)
        records["taken"], records["sleep"] = resets & 3, resets >> 2
        records["request"] = request
        return records

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the state; what a step resets shows on the step's own tick."""
        tick = expected["tick"]
        return {
            **{name: held(tick, expected[name]) for name in ("state", "potential", "request")},
            **{name: strobes(tick, expected[name]) for name in ("taken", "sleep")},
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Every state, every way out of it, both ends of the potential, resets and clears."""
        every, found = every_tick(rows), self.follow(rows)
        _, before, after, kept, potential, resets, _ = found.T
        kind, p = Kind(self.params.kind), self.params
        pending, ack = every["pending"], every["ack"] == 1
        step = (every["step"] == 1) & (every["reset"] == 0)
        s, state = NeuronState, np.where(step, before, -1)
        bins = {f"in {STATE_NAMES[one]}": state == one for one in LEGAL[kind]}
        bins["nothing to work on"] = (state == s.STANDBY) & (pending == 0) & (after == s.STANDBY)
        bins["goes to sleep"] = resets & 4 != 0
        bins["only one of two spikes is taken"] = np.isin(resets & 3, (1, 2)) & (pending == 3)
        bins["reset while awake"] = (every["reset"] == 1) & (before != s.STANDBY)
        if kind is not Kind.INPUT:
            updates = np.isin(state, (s.POTENTIAL_UPDATE, s.POTENTIAL_UPDATE_2))
            bins["both signs at once"] = updates & (pending == 3)
            bins["up"] = updates & (pending == 1) & (potential == kept + 1)
            bins["down"] = updates & (pending == 2) & (potential == kept - 1)
            bins["clear of a potential"] = (every["clear"] == 1) & (kept != 0)
            bins["retained on a step that would change it"] = (every["retain"] == 1) & updates
            if p.bits <= 5:
                bins["saturates below"] = updates & (pending == 2) & (kept == p.lowest)
                bins["both signs at the lowest"] = updates & (pending == 3) & (kept == p.lowest)
            if p.bits <= (9 if kind is Kind.HIDDEN else 5):
                bins["saturates above"] = updates & (pending == 1) & (kept == p.highest)
        if kind is not Kind.OUTPUT:
            bins["waits for Ack"] = (state == s.SPK_REQ) & ~ack
            bins["Ack"] = (state == s.SPK_REQ) & ack
            bins["Ack and a new spike at once"] = (state == s.SPK_REQ) & ack & (pending != 0)
        if kind is Kind.INPUT:
            bins["waits for an old Ack to go"] = (state == s.STANDBY) & ack & (pending != 0)
        if kind is Kind.HIDDEN:
            threshold = every["threshold"].astype(int)
            bins["waits for an old Ack to go"] = (state == s.POTENTIAL_RESET) & ack
            bins["fires at the threshold"] = (state == s.CHECK) & (kept == threshold)
            bins["one below the threshold"] = (state == s.CHECK) & (kept == threshold - 1)
            bins["a negative potential"] = (state == s.CHECK) & (kept < 0)
        return {name: hits.sum() for name, hits in bins.items()}


BENCH = NeuronFsmBench

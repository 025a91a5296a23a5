"""Bench of the synapse arbiter in ``cell``: Ack, Spkgen and what each edge did."""

from copy import deepcopy
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.alwayson.cell.stimuli.request_synchroniser import flips, level_of
from goldspike.cosim.bench.cell_bench import CellBench, changes, rows_from_levels_at
from goldspike.cosim.bench.pins import Course, taken_up
from goldspike.cosim.bench.stimulus import get_lines
from goldspike.hdl.alwayson.cell.synapse_arbiter import SynapseArbiter
from goldspike.model.alwayson.synapse_arbiter import (
    CAPTURE,
    GRANT,
    SLEEP,
    Policy,
    Spkgen,
    SynapseArbiterModel,
    SynapseArbiterParams,
)
from goldspike.model.trace import TraceLayout

__all__ = ["BENCH", "SynapseArbiterBench"]

PHASE = 100
DID = {"capture": CAPTURE, "grant": GRANT, "sleep": SLEEP}
ROUND = 8
"""Moments of a turn."""


class SynapseArbiterBench(CellBench):
    """A step is a moment at which the clock changes, or anything else; never both."""

    rtl = SynapseArbiter
    configs: ClassVar = {
        f"{policy.value}-{n}": SynapseArbiterParams(inputs=n, policy=policy)
        for policy, n in (
            (Policy.ROUND_ROBIN, 3), (Policy.FIXED, 3), (Policy.FIXED, 1), (Policy.ROUND_ROBIN, 5)
        )
    }  # fmt: skip
    varied: ClassVar = {"inputs": range(1, 40), "policy": tuple(Policy)}
    published = "round_robin-3"
    steps = 8000
    least_steps = 4000

    @property
    def layout(self) -> TraceLayout:
        """The layout of the circuit's trace word: that of ``tick``."""
        return self.params.trace

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw requests of every share and pace; some turns are a sleep: retained, without power.

        The clock rises on a turn's moment 3 and falls on 5, or rests. Requests change on 0 and 7;
        resets, clears and retention begin on 0 and end on 2 or 7, so that an edge is in between.
        """
        n, turns = self.params.inputs, -(-steps // ROUND)
        moments = np.cumsum(rng.integers(1, 500, turns * ROUND))
        at = np.tile(np.arange(ROUND), turns)

        def spread(hits: np.ndarray, first: int, end: int) -> np.ndarray:
            return np.repeat(hits, ROUND) & (at >= first) & (at < end)

        share = level_of(rng, turns, (0.1 / n, 0.7 / n, 0.5, 0.9), PHASE)
        asked = rng.random((turns, n)) < share[:, None]
        renewed = rng.random(turns) < level_of(rng, turns, (0.05, 0.3, 1.0), PHASE)
        latest = np.maximum.accumulate(np.where(renewed, np.arange(turns), 0))
        rests = rng.random(turns) < 0.2
        sleeps = rests & (rng.random(turns) < 0.3)
        rare = {
            name: rng.random(turns) < chance
            for name, chance in (("reset", 0.03), ("clear", 0.03), ("retain", 0.1))
        }
        long = {name: rng.random(turns) < 0.5 for name in rare}
        levels = {
            name: spread(hits, 0, 2) | spread(hits & long[name], 0, 7)
            for name, hits in rare.items()
        }
        return rows_from_levels_at(
            self,
            moments,
            {
                "request": asked[np.repeat(latest, ROUND)]
                ^ flips(rng, at == 7, n, (0.0, 0.05), PHASE),
                "clock": spread(~rests, 3, 5),
                "supply": ~spread(sleeps, 2, 5),
                **levels,
                "retain": levels["retain"] | spread(sleeps, 1, 6),
            },
        )

    def follow(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the golden model's word after each row, and what an edge would do then."""
        model, request = SynapseArbiterModel(self.params), self.requests(rows)
        words, ahead = np.zeros(rows.size, self.layout.dtype), np.zeros(rows.size, int)
        rises = np.diff(rows["clock"].astype(int), prepend=0) == 1
        levels = ("reset", "retain", "clear")
        for k, row in enumerate(rows):
            held = {name: bool(row[name]) for name in levels}
            model.tick(request[k], step=bool(rises[k]), **held)
            words[k] = model.word
            state = deepcopy(model.state)
            model.tick(request[k], step=True)
            ahead[k], model.state = model.did, state
        return words, ahead

    def requests(self, rows: np.ndarray) -> np.ndarray:
        """Return the requests as lines."""
        return get_lines(rows, "request", self.params.inputs)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Return what changed, and what edges did though nothing changed."""
        words, _ = self.follow(rows)
        records: Any = np.zeros(rows.size, self.layout.record_dtype)
        for name in words.dtype.names or ():
            records[name] = words[name]
        records["tick"] = rows["tick"]
        moved = np.zeros(rows.size, bool)
        for name in DID:
            moved |= words[name] != 0
        for name in ("ack", "spkgen", "following"):
            column = words[name].reshape(rows.size, -1)
            moved |= (column != np.vstack([np.zeros_like(column[:1]), column[:-1]])).any(axis=1)
        return records[moved]

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Read what an edge did off the flip-flops that it turns over."""
        return self.like_the_model(records, **{name: changes(records[name]) for name in DID})

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, Course]:
        """Follow the registers, and what the next edge would do."""
        words, ahead = self.follow(rows)
        time, ack = rows["tick"], get_lines(words, "ack", self.params.inputs)
        reads = ack.any(axis=1) & (words["spkgen"] == Spkgen.ST0)
        shown = {
            "ack": words["ack"],
            "spkgen": words["spkgen"],
            "read": reads,
            "row": np.where(reads, ack.argmax(axis=1), 0),
            "launch": ack.any(axis=1) & (words["spkgen"] == Spkgen.ST2),
            **{name: ahead & bit != 0 for name, bit in DID.items()},
        }
        rest = {"sleep": 1}  # no request is up
        return {name: taken_up(time, course, rest.get(name, 0)) for name, course in shown.items()}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Every arc; resets, retention and clears at work; sleeps of the power."""
        words, _ = self.follow(rows)
        ack = get_lines(words, "ack", self.params.inputs)
        serves, stage, following = ack.any(axis=1), words["spkgen"], words["following"]
        served = np.concatenate([[False], serves])[:-1]
        grant, sleep = words["grant"] == 1, words["sleep"] == 1
        falls = np.diff(rows["supply"].astype(int), prepend=0) == -1
        bins = {
            "from standby to an Ack": grant & ~served,
            "sleep in standby": sleep & ~served,
            "sleep after an Ack": sleep & served,
            "a capture": words["capture"] == 1,
            "a reset of an Ack": (rows["reset"] == 1) & served & ~serves,
            "an edge in reset": (rows["reset"] == 1) & (grant | sleep),
            "power goes": falls,
            **{f"in {state.name}": serves & (stage == state) & ~falls for state in Spkgen},
        }
        if self.params.inputs > 1:
            bins["from Ack to Ack"] = grant & served & serves
            if self.params.policy is Policy.ROUND_ROBIN:
                retained = (rows["retain"] == 1) & (following != 0)
                bins["kept without power"] = falls & retained
                bins["kept over a grant"] = grant & retained & (rows["clear"] == 0)
        return {name: int(hits.sum()) for name, hits in bins.items()}


BENCH = SynapseArbiterBench

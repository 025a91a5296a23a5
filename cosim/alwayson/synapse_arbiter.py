"""Bench of the synapse arbiter: Ack, Spkgen and what a step did, after every pulse."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels
from goldspike.hdl.alwayson.synapse_arbiter import SynapseArbiter
from goldspike.model.alwayson.synapse_arbiter import (
    GRANT,
    Policy,
    Spkgen,
    SynapseArbiterModel,
    SynapseArbiterParams,
)

__all__ = ["BENCH", "SPKGEN_NAMES", "SynapseArbiterBench"]

SPKGEN_NAMES = {state.value: f"St{state.value}" for state in Spkgen}
STROBES = ("step", "reset", "retain", "clear")
PHASE = 100
UPSET = "states that only an upset brings about; proved to end in standby"


class SynapseArbiterBench(Bench):
    """A step is a tick; requests come few and many, short and long, and steps at any pace."""

    rtl = SynapseArbiter
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {
        f"{policy.value}-{n}": SynapseArbiterParams(inputs=n, policy=policy)
        for n in (128, 1, 3, 5)
        for policy in Policy
    }
    large: ClassVar = {"top": SynapseArbiterParams(inputs=512, policy=Policy.ROUND_ROBIN)}
    varied: ClassVar = {"inputs": range(1, 40), "policy": tuple(Policy)}
    published = "fixed-128"
    checks = Checks(
        group="synchroniser, synapse arbiter",
        gates="fixed-5",
        mutants=("fixed-3", "round_robin-5"),
        synthesis="round_robin-5",
        random=1,
        exclusions=(
            *(
                Exclusion(
                    "lines",
                    f"with m.{one}():\nm.d.sync += [ack.eq(0), stage.eq(Stage.ST0)]",
                    UPSET,
                )
                for one in ("Default", "Else")
            ),
            Exclusion(
                "bits",
                r"SynapseArbiter\.ack\[\d\d+\]",
                "one line in many is served by chance; of up to five every one is",
            ),
        ),
    )
    shown = "fixed-3"
    steps = 4000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw new requests every few ticks, with as few or as many up as the phase has them."""
        n, phases = self.params.inputs, -(-steps // PHASE)

        def spread(values: np.ndarray) -> np.ndarray:
            return np.repeat(values, PHASE)[:steps]

        changes = rng.random(steps) < spread(rng.choice([0.05, 0.3, 1.0], phases))
        share = spread(rng.choice([0.1 / n, 0.7 / n, 2 / n, 0.5, 0.9], phases))
        drawn = rng.random((steps, n)) < share[:, None]
        pair = np.isin(np.arange(n), (n // 2, n - 1))  # over and over, from the last one on
        drawn[spread(np.arange(phases) % 7 == 2)] = pair
        latest = np.maximum.accumulate(np.where(changes, np.arange(steps), 0))
        goes_on = np.arange(steps) < steps - 1
        levels = {
            "request": drawn[latest],
            "step": goes_on & (rng.random(steps) < spread(rng.choice([0.3, 1.0], phases))),
            "reset": goes_on & (rng.random(steps) < 0.03),
            "retain": rng.random(steps) < spread(rng.choice([0.05, 0.5], phases)),
            "clear": goes_on & (rng.random(steps) < spread(rng.choice([0.01, 0.1], phases))),
        }
        levels["clear"] |= self.on_grants(levels, rng.random(steps) < 0.05)
        return rows_from_levels(self, levels)

    def on_grants(self, levels: dict[str, np.ndarray], likely: np.ndarray) -> np.ndarray:
        """Return clears on ticks, out of some that are likely, on which the golden model grants.

        Only where round robin looks from another row than the lowest, else nothing comes of them.
        """
        model, found = SynapseArbiterModel(self.params), np.zeros(likely.size, bool)
        for k, request in enumerate(levels["request"]):
            looks = int(model.state.following[0])
            model.tick(request, **{name: bool(levels[name][k]) for name in STROBES})
            found[k] = likely[k] and looks and model.did & GRANT and not levels["reset"][k]
            if found[k]:
                model.state.following[0] = 0  # as a clear leaves it, whatever else the tick does
        return found

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Step, reset and clear as seen."""
        model, every = SynapseArbiterModel(self.params), every_tick(rows)
        chosen = every[(every["step"] | every["reset"] | every["clear"]) == 1]
        requests = get_lines(chosen, "request", self.params.inputs)
        records = np.zeros(chosen.size, self.layout.record_dtype)
        records["tick"] = chosen["tick"]
        for k, row in enumerate(chosen):
            model.tick(requests[k], **{name: bool(row[name]) for name in STROBES})
            word = model.word
            for name in self.layout.dtype.names or ():
                records[name][k] = word[name]
        return records

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the registers; what a step does shows on the step's own tick."""
        tick = expected["tick"]
        ack = get_lines(expected, "ack", self.params.inputs)
        reads = ack.any(axis=1) & (expected["spkgen"] == Spkgen.ST0)
        shown = {
            "ack": expected["ack"],
            "spkgen": expected["spkgen"],
            "read": reads,
            "row": np.where(reads, ack.argmax(axis=1), 0),
            "launch": ack.any(axis=1) & (expected["spkgen"] == Spkgen.ST2),
        }
        did = ("capture", "grant", "sleep")
        return {
            **{name: held(tick, values) for name, values in shown.items()},
            **{name: strobes(tick, expected[name]) for name in did},
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Every arc, with its request and others; resets, retention and clears on steps."""
        every, n = every_tick(rows), self.params.inputs
        every = every[np.isin(every["tick"], records["tick"])]
        request = get_lines(every, "request", n)
        after = get_lines(records, "ack", n)
        before = np.vstack([np.zeros_like(after[:1]), after[:-1]])
        stage, following = (
            np.concatenate([[0], records[name][:-1]]) for name in ("spkgen", "following")
        )
        up = {name: every[name] == 1 for name in STROBES}
        grant, sleep = records["grant"] == 1, records["sleep"] == 1
        serves = before.any(axis=1)
        own, others = (request & before).any(axis=1), (request & ~before).any(axis=1)
        steps = up["step"] & ~up["reset"]
        bins = {
            "from standby to an Ack": grant & ~serves & steps,
            "sleep in standby": sleep & ~serves,
            "sleep after an Ack": sleep & serves,
            "St2 lasts": steps & serves & (stage == Spkgen.ST2) & own,
            "a reset on a step": up["reset"] & up["step"],
            "a clear alone": up["clear"] & ~up["step"] & ~up["reset"],
            **{
                f"the request gone in {name}": steps & serves & (stage == state) & ~own
                for state, name in SPKGEN_NAMES.items()
            },
            **{
                f"a reset in {name}": up["reset"] & serves & (stage == state)
                for state, name in SPKGEN_NAMES.items()
            },
        }
        if n > 1:
            bins["from Ack to Ack"] = grant & serves & steps
            bins["others wait while St2 lasts"] = bins["St2 lasts"] & others
            bins["one of several is granted"] = grant & (request.sum(axis=1) > 1)
        hits = {name: chosen.sum() for name, chosen in bins.items()}
        granted = after[grant & ~up["reset"]]
        if n <= 40:
            hits["every row is granted"] = int(granted.sum(axis=0).min())
        if n > 1 and self.params.policy is Policy.ROUND_ROBIN:
            hits |= self.rounds(records, up, request, following)
        return hits

    def rounds(
        self,
        records: np.ndarray,
        up: dict[str, np.ndarray],
        request: np.ndarray,
        following: np.ndarray,
    ) -> dict[str, int]:
        """Return the bins of round robin."""
        grant, ends = records["grant"] == 1, records["following"]
        ahead = request & (np.arange(self.params.inputs) >= following[:, None])
        moves = grant & ~up["retain"] & ~up["clear"]
        bins = {
            "a row ahead though a lower one waits": grant
            & ahead.any(axis=1)
            & (request & ~ahead).any(axis=1),
            "round to a lower row": grant & ~ahead.any(axis=1),
            "looks from row 0 after the last": moves & (following != 0) & (ends == 0),
            "retained on a grant": grant & up["retain"] & (following != 0),
            "a clear on a grant": grant & up["clear"] & (following != 0),
            "a clear while retained": up["clear"] & up["retain"] & (following != 0),
            "kept over a reset": up["reset"] & ~grant & ~up["clear"] & (following != 0),
        }
        return {name: int(hits.sum()) for name, hits in bins.items()}


BENCH = SynapseArbiterBench

"""Stimuli bring inputs together, and use all bits of numbers: else nothing tests them.

An input that is ignored, or overheard, because of another one shows only where both are up: of a
bundle, any line. Circuits without a clock have levels, which meet as well. One that a state
ignores, or overhears, shows only in that state.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pytest

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.bench.stimulus import get_lines
from goldspike.model.timing.power_gate import PowerState

Said = Callable[[str, str, Any], Any]
Moments = dict[tuple[str, int], list[np.ndarray]]
"""Ticks on which a state is what it is, by its name and value, in one way to see it or in two."""

SHARE = 0.95
"""Neighbours that must differ of bundles too wide for chance to reach all."""
WIDE = 100


STATE = re.compile(r"(\w*_)?(state|power|spkgen)")
"""Fields of a golden model's trace that are states; of several copies of one, all count as one."""


LONG = 10_000
"""Ticks of a run that takes a while."""
TRIES = 2
"""Runs in which a bench is asked whether it forbids a control in a state."""


class Run(NamedTuple):
    """A configuration, its ports and its stimulus."""

    job: Bench
    ports: Ports
    rows: np.ndarray


@cache
def stimuli(circuit: str) -> list[Run]:
    """Return the stimulus of every configuration that does not take long to build."""
    bench = load_bench(circuit)
    jobs = [bench(config) for config in bench.configs if config not in bench.checks.slow]
    return [
        Run(job, job.ports, job.stimulus(np.random.default_rng(1), bench.steps)) for job in jobs
    ]


def pairs(found: list[Run]) -> dict[tuple[str, str], bool]:
    """Return for any two inputs whether they are up together on some tick."""
    together: dict[tuple[str, str], bool] = {}
    for _, ports, rows in found:
        up = {
            name: get_lines(rows, name, width).any(axis=1) for name, width in ports.inputs.items()
        }
        for a, b in combinations(up, 2):
            together[a, b] = together.get((a, b), False) or bool((up[a] & up[b]).any())
    return together


@pytest.mark.parametrize("circuit", circuits())
def test_any_two_inputs_come_together(circuit: str, said_of: Said) -> None:
    never = {pair for pair, meet in pairs(stimuli(circuit)).items() if not meet}
    assert never == said_of(circuit, "APART", set())


def test_a_pair_that_never_meets_is_found() -> None:
    run = stimuli("mubrain/neuron")[0]
    assert pairs([run])["strobe", "clear"]
    apart = run._replace(rows=np.copy(run.rows))
    apart.rows["clear"][run.rows["strobe"] == 1] = 0
    assert not pairs([apart])["strobe", "clear"]
    assert pairs([apart, run])["strobe", "clear"]


@pytest.mark.parametrize("circuit", circuits())
def test_no_two_neighbours_of_a_bundle_are_alike(circuit: str, said_of: Said) -> None:
    differ: dict[str, np.ndarray] = {}  # each line, and the one above it
    for _, ports, rows in stimuli(circuit):
        for name, width in ports.inputs.items():
            lines = get_lines(rows, name, width)
            here = (lines[:, 1:] != lines[:, :-1]).any(axis=0)
            before = differ.get(name, np.zeros(0, bool))
            both = np.zeros(max(here.size, before.size), bool)
            both[: here.size] |= here
            both[: before.size] |= before
            differ[name] = both
    least = {name: SHARE if both.size > WIDE else 1.0 for name, both in differ.items()}
    poor = {name for name, both in differ.items() if both.size and both.mean() < least[name]}
    assert poor == said_of(circuit, "FEW", set())


Case = tuple[str, str, int, bool]
"""An input, a state, its value, and whether the input is up."""


def courses(run: Run, expected: Any) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield every state of the golden model's: its name, when it changes, and to what.

    States are the trace's, and every output of one bit. What a tick shows is met by the next one.
    """
    traced = expected.dtype.names or () if isinstance(expected, np.ndarray) else ()
    for name in traced:
        if STATE.fullmatch(name) and expected[name].dtype.itemsize == 1:
            yield re.sub(r"_\d+", "", name), expected["tick"], expected[name]
    pins = run.job.pins(run.rows, expected)
    for name in (name for name in one_bit(run, "outputs") if name not in traced):
        ticks, values = (np.asarray(part) for part in pins[name])
        lines = values.reshape(ticks.size, -1)[:, 0]
        yield name, ticks, lines
        yield name, ticks - 1, lines  # or on the very tick


def one_bit(run: Run, which: str) -> list[str]:
    """Return the inputs or outputs that have one bit in every configuration of a circuit."""
    widths = [getattr(other.ports, which) for other in stimuli(run.job.circuit)]
    return [name for name in widths[0] if all(width.get(name) == 1 for width in widths)]


def states(run: Run, expected: Any) -> Moments:
    """Return when each state is met, as far as anything changes then."""
    found: Moments = {}
    ticks = run.rows["tick"]
    for name, since, values in courses(run, expected):
        begins, held = np.append(0, since), np.append(0, values.astype(int))
        moments = np.unique(np.concatenate([begins + 1, ticks, ticks + 1]))
        moments = moments[(moments > 0) & (moments <= ticks[-1])]
        now = held[np.searchsorted(begins, moments - 1, side="right") - 1]
        for value in np.unique(now):
            found.setdefault((name, int(value)), []).append(moments[now == value])
    return found


def level(rows: np.ndarray, name: str, moments: np.ndarray) -> np.ndarray:
    """Return an input of one bit on some ticks."""
    before = np.append(0, rows[name])
    return before[np.searchsorted(rows["tick"], moments, side="right")] == 1


def with_control(rows: np.ndarray, name: str, ups: list[int]) -> np.ndarray:
    """Return rows in which an input of one bit is up on some ticks more."""
    ticks = np.unique(np.concatenate([rows["tick"], ups, np.array(ups) + 1]))
    known = np.concatenate([np.zeros(1, rows.dtype), rows])
    found = known[np.searchsorted(rows["tick"], ticks, side="right")]
    found["tick"] = ticks
    found[name][np.isin(ticks, ups)] = 1
    return found


def refused(run: Run, expected: Any, name: str, ups: list[int]) -> list[bool]:
    """Return on which of some ticks the contract forbids an input, so that the bench says so."""
    wrong = with_control(run.rows, name, ups)
    try:
        broken = np.concatenate([[], *run.job.forbidden(wrong, expected).values()])
        if not broken.size:
            run.job.pins(wrong, run.job.expect(wrong))
    except (AssertionError, ValueError):  # or it cannot even say what would happen
        if len(ups) == 1:
            return [True]
        broken = np.zeros(0, int)
    found = [bool(np.isin(broken, [tick, tick + 1]).any()) for tick in ups]
    if len(ups) > 1:  # one may hide another
        return [
            flag or refused(run, expected, name, [tick])[0]
            for flag, tick in zip(found, ups, strict=True)
        ]
    return found


def never_met(runs: list[Run]) -> set[Case]:
    """Return the inputs of one bit that are never up, or never down, in a state, though they may.

    As input, state, its value, and whether it is up that is missing. Long runs are looked at only
    while anything is missing.
    """
    tries, seen, barred, left = Counter[Case](), set[Case](), set[Case](), set[Case]()
    for run in sorted(runs, key=lambda run: run.rows["tick"][-1]):
        if seen and run.rows["tick"][-1] > LONG and not left:
            break
        expected = run.job.expect(run.rows)
        here: dict[str, dict[Case, list[int]]] = {}
        for state, ways in states(run, expected).items():
            moments = np.unique(np.concatenate(ways))
            both = np.intersect1d(ways[0], ways[-1])
            last = [int(way[-1]) for way in (both, *ways) if way.size]
            for name in one_bit(run, "inputs"):
                ups = level(run.rows, name, moments)
                for up in (False, True):
                    case = (name, *state, up)
                    if (ups == up).any():
                        seen.add(case)
                    elif tries[case] < TRIES:
                        tries[case] += 1
                        here.setdefault(name, {})[case] = last
        for name, cases in here.items():
            asked = [
                (case, tick)
                for case, ticks in cases.items()
                for tick in ticks
                if case[-1] and case not in seen
            ]
            if asked:
                flags = refused(run, expected, name, [tick for _, tick in asked])
                barred |= {case for (case, _), flag in zip(asked, flags, strict=True) if flag}
        left = tries.keys() - seen - barred
    return left


@pytest.mark.parametrize("circuit", circuits())
def test_every_control_comes_in_every_state(circuit: str, said_of: Said) -> None:
    assert never_met(stimuli(circuit)) == said_of(circuit, "NEVER", set())


def test_a_state_that_a_control_never_meets_is_found() -> None:
    run = stimuli("timing/power_gate")[0]
    on = ("state", int(PowerState.WAKING))
    (moments,) = states(run, run.job.expect(run.rows))[on]
    assert never_met([run]) == set()
    ups = with_control(run.rows, "request", list(range(int(moments[0]), int(run.rows["tick"][-1]))))
    assert never_met([run._replace(rows=ups)]) >= {("request", *on, False)}


def test_what_a_bench_forbids_in_a_state_need_not_come() -> None:
    run = stimuli("alwayson/synapse_block")[0]
    expected = run.job.expect(run.rows)
    tick = int(states(run, expected)["power", int(PowerState.ON)][0][-1])
    assert refused(run, expected, "load", [tick]) == [True]
    assert refused(run, expected, "scan_in", [tick]) == [False]

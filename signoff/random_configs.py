"""Random configurations: parameters and stimulus drawn by hypothesis, circuit against model.

What may be drawn, a bench says (``varied``, ``vary``). What fails is made as small as it goes, and
the error says how to see it again.
"""

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from random import Random
from typing import Any

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.circuits import choose_config
from goldspike.cosim.bench.parameters import named
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import command, run_bench
from goldspike.cosim.simulator.build import Simulator
from goldspike.model.errors import InputError

__all__ = ["configurations", "explore", "one_of"]

STIMULI = 3
"""Runs per configuration at most: compiling it takes longer than running it."""

MOST_DRAWN = 10_000
"""Configurations of which one must be possible."""


def explore(bench: type[Bench], examples: int, *, seed: int, rtl: Any = None) -> int:
    """Run `examples` random configurations of a bench; return how many records were equal.

    Parameters
    ----------
    bench : class of Bench
    examples, seed : int
        The same seed draws the same configurations.
    rtl : circuit class, optional
        Stands in for the circuit, such as one with a bug.

    Raises
    ------
    InputError
        If hypothesis is not installed.
    LockstepError
        If circuit and model differ, or one of them breaks off, for the smallest configuration and
        the shortest run found.
    """
    if find_spec("hypothesis") is None:
        raise InputError("hypothesis is not installed; pip install hypothesis brings it.")
    import hypothesis
    from hypothesis import strategies as st

    compared: list[int] = []
    compiled: dict[str, Simulator] = {}
    least = min(bench.least_steps, bench.steps)
    lengths = sorted({max(least, bench.steps >> halved) for halved in range(6)})
    stimuli = st.tuples(st.integers(0, 999), st.sampled_from(lengths))
    runs = st.lists(stimuli, min_size=1, max_size=STIMULI)

    @cache  # making a failure smaller asks for the same again
    def run(config: str, stimulus: int, length: int) -> int | str:
        try:
            return run_bench(
                bench, config, seed=stimulus, steps=length, rtl=rtl, driver="arrays", waves=False,
                compiled=compiled,
            ).compared  # fmt: skip
        except LockstepError as error:
            return str(error)
        except Exception as error:  # whatever the circuit, its model or a tool says
            again = command(bench, config, stimulus, length, "arrays")
            kind = type(error).__name__
            return f"{bench.circuit} ({config}), {kind}: {error}; reproduce with: {again}"

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=[*hypothesis.HealthCheck],  # type: ignore[list-item]
    )
    @hypothesis.given(configurations(bench), runs)
    def attempt(changes: dict[str, Any], drawn: list[tuple[int, int]]) -> None:
        for stimulus, length in drawn:
            outcome = run(named(changes), stimulus, length)
            if isinstance(outcome, str):
                raise LockstepError(outcome)
            compared.append(outcome)

    attempt()
    return sum(compared)


def configurations(bench: type[Bench]) -> Any:
    """Return hypothesis' strategy of changes that make a configuration of a bench."""
    from hypothesis import strategies as st

    @st.composite
    def drawn(draw: Any) -> dict[str, Any]:
        return bench.vary(lambda choices: draw(st.sampled_from(choices)))

    return drawn().filter(lambda changes: is_possible(bench, changes))


def is_possible(bench: type[Bench], changes: Mapping[str, Any]) -> bool:
    """Return whether a configuration is one."""
    try:
        choose_config(bench, named(changes))
    except InputError:
        return False
    return True


def one_of(bench: type[Bench], seed: int) -> str:
    """Return the name of one configuration drawn at random, for a quick look without hypothesis."""
    draws = Random(seed)
    for _ in range(MOST_DRAWN):
        changes = bench.vary(draws.choice)
        if is_possible(bench, changes):
            return named(changes)
    raise ValueError(f"{bench.circuit}: none of {MOST_DRAWN} configurations drawn is one.")

"""Random configurations: parameters and stimulus drawn by hypothesis, circuit against model.

What may be drawn, a bench says (``varied``). What fails is made as small as it goes, and the error
says how to see it again.
"""

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any

from cosim.bench import Bench
from cosim.parameters import changed, named
from cosim.runner import run_bench
from cosim.scoreboard import LockstepError
from model.errors import InputError

__all__ = ["explore"]

STIMULI = 3
"""Runs per configuration at most: compiling it takes longer than running it."""


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
        If circuit and model differ, for the smallest configuration and the shortest run found.
    """
    if find_spec("hypothesis") is None:
        raise InputError("hypothesis is not installed; pip install hypothesis brings it.")
    import hypothesis
    from hypothesis import strategies as st

    compared: list[int] = []
    configs = st.fixed_dictionaries(
        {name: st.sampled_from(list(choices)) for name, choices in bench.varied.items()}
    ).filter(lambda changes: is_possible(bench, changes))
    least = min(bench.least_steps, bench.steps)
    lengths = sorted({max(least, bench.steps >> halved) for halved in range(6)})
    stimuli = st.tuples(st.integers(0, 999), st.sampled_from(lengths))
    runs = st.lists(stimuli, min_size=1, max_size=STIMULI)

    @cache  # making a failure smaller asks for the same again
    def run(config: str, stimulus: int, length: int) -> int | str:
        options: dict[str, Any] = {"rtl": rtl, "engine": "batch", "waves": False}
        try:
            return run_bench(bench, config, seed=stimulus, steps=length, **options).compared
        except LockstepError as error:
            return str(error)

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=[*hypothesis.HealthCheck],  # type: ignore[list-item]
    )
    @hypothesis.given(configs, runs)
    def attempt(changes: dict[str, Any], drawn: list[tuple[int, int]]) -> None:
        for stimulus, length in drawn:
            outcome = run(named(changes), stimulus, length)
            if isinstance(outcome, str):
                raise LockstepError(outcome)
            compared.append(outcome)

    attempt()
    return sum(compared)


def is_possible(bench: type[Bench], changes: Mapping[str, Any]) -> bool:
    """Return whether a configuration is one."""
    try:
        changed(bench.configs[bench.published], named(changes))
    except InputError:
        return False
    return True

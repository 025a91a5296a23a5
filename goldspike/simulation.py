"""What ``goldspike sim`` does for every chip: how many samples, what to type to see it again."""

from collections.abc import Sequence

from goldspike.model.errors import InputError

__all__ = ["asked", "choose_count"]


def choose_count(samples: int | None, engine: str, available: int, circuit: int) -> int:
    """Return how many samples to run: as asked for, else all, or `circuit` on a slower engine.

    Raises
    ------
    InputError
        If there are not as many.
    """
    if samples is None:
        return available if engine == "model" else min(available, circuit)
    if not 1 <= samples <= available:
        raise InputError(
            f"The number of samples must be in 1..{available} for this set, not {samples}."
        )
    return samples


def asked(
    net: str | None, data: str | None, engine: str, samples: int, assignments: Sequence[str] | None
) -> str:
    """Return the command line's arguments for a run."""
    options = {"--net": net, "--data": data, "--engine": engine, "--samples": str(samples)}
    words = [word for name, value in options.items() if value for word in (name, value)]
    return " ".join(words + [word for setting in assignments or [] for word in ("--set", setting)])

"""When every output of a layer comes: plain recurrences, and the search that rests on them.

Ref: Dazzi 2021, section 3.1.3 and 3.1.4, Fig. 10. Output i of a layer waits for the last pixel of
its window and for its turn: ``t(i) = max(t_before(needed(i)) + 1, t(i - replicas) + 1)``; every
hop of partial sums adds a timestep. Memories are as large as needed, so that no layer ever waits
for room: an array can be slower than this, never faster.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from goldspike.model.imc.shared.layer import LayerParams
from goldspike.model.jit import njit
from goldspike.workloads.imc.options import Option

__all__ = ["Course", "arrivals", "last_timestep", "needed", "output_times", "search", "trimmed"]


def needed(layer: LayerParams) -> np.ndarray:
    """Return the input pixel that each output waits for, int64 (outputs,), x fastest."""
    reach = layer.kernel - layer.padding - 1
    x = np.minimum(np.arange(layer.height_out) * layer.stride + reach, layer.height - 1)
    y = np.minimum(np.arange(layer.width_out) * layer.stride + reach, layer.width - 1)
    return (y[:, None] * layer.height + x[None, :]).ravel()


def arrivals(layer: LayerParams, replicas: int) -> np.ndarray:
    """Return the timesteps before those in which an image's pixels are stored, int64 (pixels,)."""
    return np.arange(layer.height * layer.width) // replicas - 1


@njit
def output_times(before: np.ndarray, need: np.ndarray, replicas: int, hops: int) -> np.ndarray:
    """Return the timestep of every output, int64 (outputs,).

    Parameters
    ----------
    before : int64 (pixels,)
        Timesteps of the layer before.
    need : int64 (outputs,)
        Of :func:`needed`.
    replicas : int
        Outputs per timestep.
    hops : int
        From core to core, of partial sums.
    """
    times = np.empty(need.size, np.int64)
    for k in range(need.size):
        times[k] = before[need[k]] + 1
        if k >= replicas:
            times[k] = max(times[k], times[k - replicas] + 1)
        elif k > 0:
            times[k] = max(times[k], times[k - 1])
        if k > 0:
            times[k] = max(times[k], times[k - 1])
    for k in range(need.size):
        times[k] += hops
    return times


@dataclass(frozen=True)
class Course:
    """Options of the layers so far, and the times of the last one's outputs."""

    chosen: tuple[Option, ...]
    times: np.ndarray


def search(
    layers: Sequence[LayerParams], ways: Sequence[Sequence[Option]], spare: int, *, stored: bool
) -> list[Course]:
    """Return courses with at most `spare` cores too many, that whose last output comes first first.

    With `stored`, the image lies in the first layer's memory from the start.
    """
    courses: dict[int, list[Course]] = {}
    for k, (layer, found) in enumerate(zip(layers, ways, strict=True)):
        need, fewest = needed(layer), min(option.cores for option in found)
        after: dict[int, list[Course]] = {}
        for used, kept in courses.items() if k else [(0, [Course((), np.zeros(0, np.int64))])]:
            for option in found:
                total = used + option.cores - fewest
                if total > spare:
                    continue
                for course in kept:
                    before = course.times if k else arrivals(layer, option.replicas)
                    if k == 0 and stored:
                        times = np.arange(need.size) // option.replicas + option.hops
                    else:
                        times = output_times(before, need, option.replicas, option.hops)
                    new = Course((*course.chosen, option), times)
                    after.setdefault(total, []).append(new)
        courses = undominated(after)
    return sorted((c for kept in courses.values() for c in kept), key=lambda c: int(c.times[-1]))


def trimmed(layers: Sequence[LayerParams], course: Course, *, stored: bool) -> tuple[Option, ...]:
    """Return a course's options with no more replicas than its last output's timestep needs."""
    chosen = list(course.chosen)
    for k, option in enumerate(chosen):
        for replicas in range(1, option.replicas):
            chosen[k] = replace(option, replicas=replicas)
            if last_timestep(layers, chosen, stored=stored) == course.times[-1]:
                break
        else:
            chosen[k] = option
    return tuple(chosen)


def last_timestep(layers: Sequence[LayerParams], chosen: Sequence[Option], *, stored: bool) -> int:
    """Return the timestep of the last layer's last output; the first one is 0."""
    ways = [[option] for option in chosen]
    return int(search(layers, ways, 0, stored=stored)[0].times[-1])


def undominated(courses: dict[int, list[Course]]) -> dict[int, list[Course]]:
    """Leave out every course that another one of no more cores beats, or equals, everywhere."""
    kept: dict[int, list[Course]] = {}
    table = np.zeros((0, 0), np.int64)
    for used in sorted(courses):
        for course in sorted(courses[used], key=lambda c: int(c.times.sum())):
            if table.size and bool(np.any(np.all(table <= course.times, axis=1))):
                continue
            rows = [table] if table.size else []
            table = np.concatenate([*rows, course.times[None, :]])
            kept.setdefault(used, []).append(course)
    return kept

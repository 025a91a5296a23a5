"""How much a run may take: a share of the memory, and ticks that every number holds exactly.

What a user asks for is held against these before it is made, so that a number without a limit is
one sentence and not a machine without memory.
"""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

from goldspike.model.errors import InputError

__all__ = ["MOST_TICKS", "SHARE", "limit_memory", "memory", "require_room", "require_ticks", "room"]

SHARE = 4
"""What is made at one place takes at most one part in so many of the memory."""

MOST_TICKS = 1 << 53
"""Ticks of a run; up to here a float holds every whole number."""

_UNKNOWN = 4 << 30
_CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


@cache
def memory() -> int:
    """Return how many bytes of memory this process may have at most: the machine's, or less."""
    known = []
    try:
        known.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        known.append(_UNKNOWN)
    for name in _CGROUPS:
        try:
            known.append(int(Path(name).read_text()))
        except (OSError, ValueError):  # none, or "max"
            continue
    with suppress(ImportError, AttributeError):  # not on Windows
        import resource

        limits = [
            resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)
        ]
        known += [limit for limit in limits if limit != resource.RLIM_INFINITY]
    return min(known)


def room() -> int:
    """Return how many bytes one thing may take."""
    return memory() // SHARE


def require_room(what: str, size: int) -> None:
    """Refuse what would take more than its share of the memory.

    Parameters
    ----------
    what : str
        The thing and the number that makes it large, for the beginning of the sentence.
    size : int
        Bytes that it takes.

    Raises
    ------
    InputError
        If that is too much.
    """
    if size > room():
        raise InputError(
            f"{what} would take {_gigabytes(size)} of memory, but at most {_gigabytes(room())} are "
            f"allowed, 1/{SHARE} of what there is."
        )


def require_ticks(what: str, ticks: int, most: int = MOST_TICKS) -> None:
    """Refuse a run that lasts longer than `most` ticks.

    Raises
    ------
    InputError
        If it does.
    """
    if ticks > most:
        raise InputError(f"{what} would last {ticks} ticks, but at most {most} are allowed.")


def limit_memory() -> None:
    """Let this process fail, rather than the machine: its data never take all of the memory.

    What no check has foreseen then ends in a MemoryError, not in a process that the system kills.
    """
    wanted = memory() // 4 * 3
    with suppress(ImportError, AttributeError, ValueError, OSError):  # a system without such limits
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if soft == resource.RLIM_INFINITY or soft > wanted:
            resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))


def _gigabytes(size: int) -> str:
    """Return a size for a sentence."""
    return f"{size // 10**9} GB" if size >= 10**10 else f"{size / 1e9:.2f} GB"

"""One at a time, among processes."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from goldspike.model.paths import unusable

__all__ = ["locked"]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait until nobody else holds this lock file, and hold it; a process that ends lets go.

    Raises
    ------
    InputError
        If the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = open(path, "w")  # noqa: SIM115
    except OSError as error:
        raise unusable(error) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

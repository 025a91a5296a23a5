"""Cut a window out of a VCD: the ticks around a mismatch, instead of megabytes."""

from collections.abc import Iterable
from pathlib import Path

from goldspike.model.files import write_atomically

__all__ = ["cut"]


def cut(source: Path, target: Path, first: int, last: int) -> None:
    """Write the changes of `source` from time `first` to `last` (its own unit) to `target`.

    The window opens with the value that every variable has by then.
    """
    with source.open() as lines:
        text = "".join(window(lines, first, last))
    write_atomically(target, lambda stream: stream.write(text.encode()))


def window(lines: Iterable[str], first: int, last: int) -> Iterable[str]:
    """Yield the lines of a VCD's header, of its state at `first`, and of its changes to `last`."""
    values: dict[str, str] = {}
    header, inside = True, False
    for line in lines:
        if header:
            yield line
            header = not line.startswith("$enddefinitions")
        elif line.startswith("#"):
            time = int(line[1:])
            if time > last:
                return
            if inside:
                yield line
            elif time >= first:
                inside = True
                yield f"#{time}\n"
                yield from values.values()
        elif inside:
            yield line
        elif not line.startswith("$") and line.strip():
            name = line.split()[-1] if line[0] in "bBrR" else line[1:].strip()
            values[name] = line
    if not inside:
        yield f"#{first}\n"
        yield from values.values()

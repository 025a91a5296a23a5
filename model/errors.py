"""What goes wrong: bad input, a circuit that differs from its model; how an unknown name is put."""

import re
from collections.abc import Iterable

__all__ = ["InputError", "LockstepError", "RoomError", "nearest", "one_line", "unknown"]

_LONGEST_WORD, _LONGEST = 300, 2400
_LONG_WORD = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")


class InputError(ValueError):
    """Report bad input from a user.

    The message is one full sentence that names the thing (file, key, option) and
    what was expected of it; the command line prints it and exits with status 2.  It is
    one line whatever the names in it: see :func:`one_line`.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(one_line(sentence))


class RoomError(InputError):
    """Report a network that a chip has no room for.

    Parameters
    ----------
    reason : str
        What was expected, as a clause, so that it can stand among others.
    of : object, optional
        The file, with which the sentence begins.
    """

    def __init__(self, reason: str, of: object = None) -> None:
        begin = f"{of}: {reason[0]}" if of is not None else reason[0].upper()
        super().__init__(f"{begin}{reason[1:]}.")
        self.reason = reason


def one_line(text: str) -> str:
    """Return a text as one line that can be read.

    Line breaks and other characters without a shape (in the names of files, say) are written as
    escapes, and the middle of what is very long (a row of a table, a number) is left out.
    """
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    shown = _LONG_WORD.sub(lambda found: _shortened(found[0], _LONGEST_WORD), shown)
    return _shortened(shown, _LONGEST)


def _shortened(text: str, longest: int) -> str:
    """Return a text without its middle, if it is longer than that."""
    if len(text) <= longest:
        return text
    return f"{text[: longest * 2 // 3]} ... {text[-longest // 4 :]}"


class LockstepError(AssertionError):
    """A circuit and its golden model disagree, or a run was too thin to tell.

    It is defined here so that a run of the golden model alone can catch it without a circuit.
    """


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like a wrong one, if any is like it."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(known), 1)), None)


def unknown(kind: str, name: str, known: Iterable[str]) -> InputError:
    """Return the error for a name that does not exist, with the nearest one that does.

    Parameters
    ----------
    kind : str
        What was named, such as ``chip``.
    name : str
        As it was given.
    known : iterable of str
        The names that exist.
    """
    names = list(known)
    near = nearest(name, names)
    hint = f"did you mean {near!r}? Choose" if near else "choose"
    return InputError(f"unknown {kind} {name!r}; {hint} from {', '.join(names)}.")

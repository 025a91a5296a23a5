"""The one exception that means 'the user gave us something wrong'."""

import re

__all__ = ["InputError", "one_line"]

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

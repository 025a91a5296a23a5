from collections.abc import Callable

import pytest


def changed(words: list[tuple]) -> list[tuple]:
    """Return (tick, *word) of every word that is another than the one before, from zeros on."""
    found, before = [], tuple(type(value)() for value in words[0])
    for tick, word in enumerate(words, start=1):
        if tuple(word) != before:
            before = tuple(word)
            found.append((tick, *word))
    return found


@pytest.fixture
def changes() -> Callable[[list[tuple]], list[tuple]]:
    """Return a function that keeps the words at which something changed, with their ticks."""
    return changed

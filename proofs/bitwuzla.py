"""Bitwuzla as a program: answers the questions in some files, in a process of its own."""

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str]) -> None:
    """Print what the solver answers.

    Parameters
    ----------
    arguments : sequence of str
        Seconds for each question, then the files.
    """
    import bitwuzla

    limit, *paths = arguments
    sys.setrecursionlimit(100_000)
    for path in paths:
        options = bitwuzla.Options()
        options.set(bitwuzla.Option.PRODUCE_MODELS, True)
        options.set(bitwuzla.Option.TIME_LIMIT_PER, int(float(limit) * 1000))
        # single bits leave nothing to rewrite: without, a question takes a half to a fifth
        options.set(bitwuzla.Option.REWRITE_LEVEL, 0)
        options.set(bitwuzla.Option.PREPROCESS, False)
        bitwuzla.Parser(bitwuzla.TermManager(), options).parse(path)

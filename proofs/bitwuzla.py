"""Bitwuzla as a program: answers the question in a file, in a process of its own."""

import sys

__all__ = ["main"]


def main(path: str) -> None:
    """Print what the solver answers."""
    import bitwuzla

    sys.setrecursionlimit(100_000)
    options = bitwuzla.Options()
    options.set(bitwuzla.Option.PRODUCE_MODELS, True)
    # single bits leave nothing to rewrite: without, a question takes a half to a fifth of the time
    options.set(bitwuzla.Option.REWRITE_LEVEL, 0)
    options.set(bitwuzla.Option.PREPROCESS, False)
    parser = bitwuzla.Parser(bitwuzla.TermManager(), options)
    parser.parse(path)

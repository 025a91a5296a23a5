"""Bitwuzla as a program: ``python -m proofs.bitwuzla FILE`` answers the question in a file."""

import sys

__all__ = ["main"]


def main(path: str) -> None:
    """Print what the solver answers."""
    import bitwuzla

    options = bitwuzla.Options()
    options.set(bitwuzla.Option.PRODUCE_MODELS, True)
    # single bits leave nothing to rewrite: without, a question takes a half to a fifth of the time
    options.set(bitwuzla.Option.REWRITE_LEVEL, 0)
    options.set(bitwuzla.Option.PREPROCESS, False)
    parser = bitwuzla.Parser(bitwuzla.TermManager(), options)
    parser.parse(path)


if __name__ == "__main__":
    sys.setrecursionlimit(100_000)
    main(sys.argv[1])

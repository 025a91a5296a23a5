"""goldspike: a cycle-accurate simulator of published chips, with their RTL beside it."""

import os
import sys


def _runs_as_program() -> bool:
    """Say whether goldspike is what was started, as ``goldspike`` or ``python -m goldspike.cli``.

    Python writes ``-m`` into ``sys.argv[0]`` while it looks for the module to run.
    """
    name = sys.argv[0] if sys.argv else ""
    if name == "-m":
        words = sys.orig_argv[1:]
        place = next((k for k, word in enumerate(words) if word.startswith("-m")), len(words))
        return "".join(words[place : place + 2]).startswith("-mgoldspike")
    return os.path.basename(name) in ("goldspike", "goldspike.exe")


def _pass_over_the_current_folder() -> None:
    """Import nothing from the folder where the user stands, who may have a ``nir.py`` there."""
    try:
        here = os.path.realpath(os.curdir)
        sys.path[:] = [path for path in sys.path if path and os.path.realpath(path) != here]
    except OSError:  # the folder is gone, and what was in it
        return


if _runs_as_program():
    _pass_over_the_current_folder()

"""Where things lie: what ships with the project, and where builds and results go."""

import os
from pathlib import Path

from goldspike.model.errors import InputError
from goldspike.model.reading import reason

__all__ = ["BUILD", "ROOT", "circuit_of", "unusable", "user_path"]

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the wings, with ``nets``, ``data`` and ``waveforms`` beside them."""

BUILD = Path(os.environ.get("GOLDSPIKE_BUILD") or "build").absolute()
"""Everything generated: in the folder where the user stands, or in ``GOLDSPIKE_BUILD``."""


def circuit_of(module: str) -> str:
    """Return the circuit that a module is about, such as ``mubrain/arbiter``: it has its stem.

    Nothing if the module does not lie in a wing with one file per circuit. Its stimulus lies in a
    folder ``stimuli`` beside the bench.
    """
    package, _, path = module.partition(".")
    wing, _, stem = path.partition(".")
    in_wing = package == "goldspike" and wing in ("cosim", "proofs")
    return "/".join(part for part in stem.split(".") if part != "stimuli") if in_wing else ""


def user_path(path: str | os.PathLike[str]) -> Path:
    """Return a path that a user gave, with ``~`` as the home folder, if there is one."""
    try:
        return Path(path).expanduser()
    except RuntimeError:  # no such user, or no home: then it is a name like any other
        return Path(path)


def unusable(error: OSError) -> InputError:
    """Return the sentence for a build folder that cannot be written, or is full."""
    return InputError(
        f"{BUILD}: expected a folder to build simulators in ({reason(error)}); "
        "set GOLDSPIKE_BUILD to one that can be written and has room."
    )

"""Python processes that import nothing from the folder where the user stands."""

import os
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["python_command"]

_BEGIN = "import sys; sys.path += [p for p in {extra!r} if p not in sys.path]\n"


def python_command(code: str, *arguments: str) -> list[str]:
    """Return the command that runs Python code by itself.

    The process takes over neither the current folder nor the folder of the script that runs; where
    else this one finds its modules (``PYTHONPATH``, say), the other finds them too.

    Parameters
    ----------
    code : str
        Finds `arguments` in ``sys.argv[1:]``.
    *arguments : str
    """
    return [sys.executable, "-I", "-c", _BEGIN.format(extra=_elsewhere()) + code, *arguments]


def _elsewhere() -> list[str]:
    """Return where modules are found, without the current folder and that of the script."""
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    strange = {os.path.realpath(os.path.dirname(script))} if script else set()
    with suppress(OSError):  # the folder may be gone
        strange.add(os.path.realpath(os.curdir))
    package = Path(__file__).parent.parent  # where all is read off a folder, that comes last
    own = [str(package)] if (package / "goldspike").is_dir() else []
    paths = [path for path in sys.path if os.path.isabs(path)]
    return [path for path in paths if os.path.realpath(path) not in strange] + own

"""Types are checked once for all files, and again when one of them has changed."""

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from goldspike.model.paths import ROOT


def test_types_fit(mark_of: Callable[..., Path]) -> None:
    settings = (ROOT / "pyproject.toml").read_text()
    folders = tomllib.loads(settings)["tool"]["pyright"]["include"]
    files = sorted({path for folder in folders for path in (ROOT / folder).rglob("*.py")})
    texts = [f"{path.relative_to(ROOT)}\n{path.read_text()}" for path in files]
    passed = mark_of(settings, *texts)
    if not passed.exists():
        command = [Path(sys.executable).parent / "basedpyright"]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 0, done.stdout
        passed.touch()

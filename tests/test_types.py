"""Types are checked once for all files, and again when one of them has changed."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WINGS = ("bench", "cosim", "data", "hdl", "model", "nets", "proofs", "tests")


def test_types_fit(mark_of: Callable[..., Path]) -> None:
    files = sorted(path for wing in WINGS for path in (ROOT / wing).rglob("*.py"))
    texts = [f"{path.relative_to(ROOT)}\n{path.read_text()}" for path in files]
    passed = mark_of((ROOT / "pyproject.toml").read_text(), *texts)
    if not passed.exists():
        command = [Path(sys.executable).parent / "basedpyright"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        passed.touch()

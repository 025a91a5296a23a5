"""What the chips' tests share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.chip import RunsNetworks
from goldspike.model.files import load_npz
from goldspike.simulation import simulate


@pytest.fixture
def engines_agree(tmp_path: Path) -> Callable[..., None]:
    """Return what runs samples on all engines and compares every figure and every array."""

    def compare(chip: str | RunsNetworks, samples: int, **change: Any) -> None:
        reports, outcomes = {}, {}
        for engine in ("model", "rtl", "lockstep"):
            out = tmp_path / f"{engine}.json"
            simulate(chip, engine=engine, samples=samples, out=out, **change)
            reports[engine] = json.loads(out.read_text())
            outcomes[engine] = load_npz(out.with_suffix(".npz"))
            for different in ("engine", "wall_seconds"):
                del reports[engine][different]
        assert reports["model"] == reports["rtl"] == reports["lockstep"]
        for engine in ("rtl", "lockstep"):
            assert outcomes[engine].keys() == outcomes["model"].keys()
            for name, array in outcomes["model"].items():
                np.testing.assert_array_equal(array, outcomes[engine][name])

    return compare

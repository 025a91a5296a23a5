"""RANC's networks as a user runs them; its files are not here, so tests of them may skip."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from goldspike.chip import RunsNetworks
from goldspike.chips import find_chip
from goldspike.model.errors import InputError
from goldspike.model.paths import ROOT
from goldspike.simulation import simulate

SHARED = Path(os.environ.get("GOLDSPIKE_DATA", ROOT.parent / "shared" / "data"))
VECTORS = SHARED / "ranc" / "ranc_vectors.tar.xz"
there = pytest.mark.skipif(
    not VECTORS.is_file(), reason="RANC's vectors are not there; set GOLDSPIKE_DATA"
)


@there
@pytest.mark.parametrize(("name", "packets"), [("vmm", 372), ("tea/512_128", 189)])
def test_vectors(tmp_path: Path, name: str, packets: int) -> None:
    chip = find_chip("truenorth", RunsNetworks, "ranc")
    report = simulate(
        chip, net=str(VECTORS), assignments=[f"vectors={name}"], out=tmp_path / "run.json"
    )
    assert report["accuracy"] == {"steps as in the vectors": 1.0}
    assert report["vectors"]["packets"] == packets


@there
@pytest.mark.slow
def test_its_classifier_on_the_circuit(engines_agree: Callable[..., None]) -> None:
    if not (SHARED / "mnist").is_dir():
        pytest.skip("MNIST is not there; set GOLDSPIKE_DATA to a folder that holds mnist/")
    chip = find_chip("truenorth", RunsNetworks, "ranc")
    engines_agree(chip, 20, net=str(VECTORS), data=str(SHARED / "mnist"))


def test_what_cannot_be_had(tmp_path: Path) -> None:
    chip = find_chip("truenorth", RunsNetworks, "ranc")
    with pytest.raises(InputError, match=r"RANC's files do not ship: --net \(NET=\) must name"):
        chip.load(tmp_path / "none", chip.choose())
    with pytest.raises(InputError, match="unknown set of RANC's vectors 'tea/25'; did you mean"):
        chip.load(tmp_path, chip.choose(None, ["vectors=tea/25"]))

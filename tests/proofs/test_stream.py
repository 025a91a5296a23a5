"""The stream is no block of the chip, and so no circuit with a bench: its proof is run here."""

from pathlib import Path

import pytest

from goldspike.proofs.check import find_violation, prove
from goldspike.proofs.imc.shared.stream import StreamProof


@pytest.mark.parametrize("config", StreamProof.quick)
def test_every_property_holds_and_every_cover_is_reached(config: str, tmp_path: Path) -> None:
    for check in prove(StreamProof(config), tmp_path, covers=True):
        assert check.passed, check


BUGS = [
    pytest.param(claim, marks=pytest.mark.slow if number >= 2 else [])
    for number, claim in enumerate(StreamProof.bugs)
]


@pytest.mark.parametrize("claim", BUGS)
def test_a_seeded_bug_breaks_the_property(claim: str, tmp_path: Path) -> None:
    for config in reversed(StreamProof.quick):
        broken = StreamProof(config, StreamProof.bugs[claim])
        assert broken.rtlil
        if claim in broken.names("holds") and find_violation(broken, claim, tmp_path):
            return
    pytest.fail(f"{StreamProof.bugs[claim].__name__} does not break: {claim}")

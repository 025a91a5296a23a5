"""Every property holds, in its small configurations, and a seeded bug breaks it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from amaranth.hdl import Fragment

from goldspike.cosim.bench.circuits import circuits
from goldspike.proofs.check import find_violation, prove
from goldspike.proofs.circuits import load_proof, proved_circuits
from goldspike.proofs.proof import Proof
from goldspike.proofs.smt import missing_tools

pytestmark = pytest.mark.skipif(
    bool(missing_tools()),
    reason=f"{', '.join(missing_tools())} not installed; they come with the extra 'prove'",
)

QUICK = [(name, config) for name in proved_circuits() for config in load_proof(name).quick]
BUGS = [
    pytest.param(name, claim, marks=pytest.mark.slow if number >= 2 else [])
    for name in proved_circuits()
    for number, claim in enumerate(load_proof(name).bugs)
]


@pytest.mark.parametrize(("circuit", "config"), QUICK)
def test_every_property_holds_and_every_cover_is_reached(
    circuit: str, config: str, tmp_path: Path, mark_of: Callable[..., Path]
) -> None:
    proof = load_proof(circuit)(config)
    passed = mark_of(proof.rtlil, said(proof))
    if not passed.exists():
        for check in prove(proof, tmp_path, covers=True):
            assert check.passed, check
        passed.touch()


def said(proof: Proof) -> str:
    """Return what a proof says besides its circuit."""
    return f"{list(proof.signals)} {proof.patience} {proof.ticks_of_induction()} {proof.search}"


@pytest.mark.parametrize(("circuit", "claim"), BUGS)
def test_a_seeded_bug_breaks_the_property(
    circuit: str, claim: str, tmp_path: Path, mark_of: Callable[..., Path]
) -> None:
    proof = load_proof(circuit)
    for config in reversed(proof.quick):
        broken = proof(config, proof.bugs[claim])
        broke = mark_of(broken.rtlil, said(broken))
        if broke.exists():
            return
        if claim in broken.names("holds", "leaves") and find_violation(broken, claim, tmp_path):
            broke.touch()
            return
    pytest.fail(f"{proof.bugs[claim].__name__} does not break: {claim}")


@pytest.mark.parametrize("circuit", proved_circuits())
def test_every_property_has_a_seeded_bug(circuit: str) -> None:
    proof = load_proof(circuit)
    claims = set()
    for config in proof.quick:
        built = proof(config)
        Fragment.get(built, None)
        claims |= set(built.names("holds", "leaves"))
    inherited = {claim for base in proof.__mro__[1:] for claim in vars(base).get("bugs", ())}
    assert claims - inherited == set(proof.bugs)


@pytest.mark.parametrize("circuit", proved_circuits())
def test_a_proof_belongs_to_a_circuit(circuit: str) -> None:
    assert circuit in circuits()
    assert load_proof(circuit).circuit == circuit


def test_a_violation_shows_the_ports(tmp_path: Path) -> None:
    proof = load_proof("timing/edge_detector")
    claim = "edges are taken, merged or pending"
    found = find_violation(proof("1", proof.bugs[claim]), claim, tmp_path)
    assert found is not None
    level, taken = found.ports["level"], found.ports["taken"]
    assert len(level) == len(taken) == found.ticks + 1
    ties = [k for k in range(1, found.ticks) if level[k] > level[k - 1] and taken[k]]
    assert ties

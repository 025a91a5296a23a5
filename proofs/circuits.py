"""Which circuits have a proof: read off the folders."""

from importlib import import_module
from pathlib import Path

from goldspike.model.errors import InputError
from goldspike.proofs.proof import Proof

__all__ = ["load_proof", "proved_circuits"]


def proved_circuits() -> list[str]:
    """Return the circuits with a proof, timing primitives first."""
    found = [
        f"{path.parent.name}/{path.stem}"
        for path in Path(__file__).parent.glob("*/*.py")
        if path.stem != "__init__"
    ]
    return sorted(found, key=lambda name: (not name.startswith("timing/"), name))


def load_proof(circuit: str) -> type[Proof]:
    """Return the proof of a circuit.

    Raises
    ------
    InputError
        If it has none.
    """
    if circuit not in proved_circuits():
        raise InputError(f"no proof of {circuit!r}; choose from {', '.join(proved_circuits())}.")
    return import_module("goldspike.proofs." + circuit.replace("/", ".")).PROOF

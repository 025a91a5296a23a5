"""What waves show of a circuit: a short stimulus, and the signals to look at.

A circuit's own scene lies beside its saved views, in ``waveforms/``, and is found like its bench:
by the circuit's name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.view import View, ports_view
from goldspike.model.paths import ROOT

__all__ = ["Scene", "load_scene"]

TICKS = 120


def beginning(bench: Bench, rng: np.random.Generator) -> np.ndarray:
    """Return the first ticks of a random run."""
    rows = bench.stimulus(rng, TICKS)
    return rows[rows["tick"] <= TICKS]


def all_ports(bench: Bench) -> View:
    """Return a view of every port."""
    return ports_view(bench.circuit, bench.ports)


@dataclass(frozen=True)
class Scene:
    """A circuit's scene; the default suits any circuit.

    Parameters
    ----------
    scenario : function
        Of a bench and a random generator: rows of stimulus, the last one on the last tick shown.
    view : function
        Of a bench: which signals to look at.
    """

    scenario: Callable[[Any, np.random.Generator], np.ndarray] = beginning
    view: Callable[[Any], View] = all_ports


def load_scene(circuit: str) -> Scene:
    """Return the scene of a circuit; what its file leaves out is as in the default."""
    if not (ROOT / "waveforms" / f"{circuit}.py").exists():
        return Scene()
    module = import_module("goldspike.waveforms." + circuit.replace("/", "."))
    return Scene(
        **{name: getattr(module, name) for name in ("scenario", "view") if hasattr(module, name)}
    )

"""What a bench says about its circuit: stimulus, expectation, coverage.

A bench is plain data in, plain data out, and knows no simulator: the same bench runs under cocotb
(:mod:`goldspike.cosim.lockstep`) and from arrays (:mod:`goldspike.cosim.simulator`). Stimulus is a
structured array of rows, one per tick on which an input changes; inputs hold their values until the
next row. The expectation is computed by the golden model from the rows that a monitor saw at the
circuit's pins.

How a circuit is driven stands in a file of its own where a bench would be long with it,
``cosim/<chip>/stimuli/<stem>.py``, in ``cell`` ``cosim/<chip>/cell/stimuli/<stem>.py``: a class
``<Name>Stimulus``, from which the bench derives. It has the stimulus, what the contract forbids a
driver and the bins that a run must hit, for whoever changes one of them looks at the others; and
how much of that makes a run, since what a step is, it says. The bench has configurations and
checks, and what is expected. What looks at more of the golden model's run than its records stays
beside that expectation, in the bench.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from amaranth.lib import wiring

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.parameters import changed, is_change
from goldspike.cosim.bench.pins import Pins
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.bench.times import IDLE_TICKS, RESET_TICKS, START_PS, TICK_NS
from goldspike.cosim.bench.view import Scale
from goldspike.model.paths import circuit_of
from goldspike.model.trace import TraceLayout

__all__ = [
    "IDLE_TICKS",
    "RESET_TICKS",
    "START_PS",
    "TICK_NS",
    "Bench",
    "Choose",
]


Choose = Callable[[Sequence[Any]], Any]
"""Picks one of some choices, of which the first is the simplest."""


class Bench(ABC):
    """Base class of all benches."""

    circuit: ClassVar[str]
    """Folder and stem, such as ``mubrain/arbiter``: those of the bench's own file."""
    rtl: ClassVar[Any]
    """The circuit's class: ``rtl(params, trace=True)``."""
    configs: ClassVar[Mapping[str, Any]]
    """Configurations by name."""
    large: ClassVar[Mapping[str, Any]] = {}
    """Further configurations, which run only when they are asked for by name."""
    varied: ClassVar[Mapping[str, Sequence[Any]]] = {}
    """Parameters that random configurations draw, each with its choices, the simplest first."""
    published: ClassVar[str]
    """The configuration that stands for the circuit: the paper's, or the one in use."""
    steps: ClassVar[int] = 1000
    """How long a run is unless told otherwise; what a step is, the stimulus's class says."""
    shown: ClassVar[str | None] = None
    """The configuration whose waves are worth a look; default: the published one."""
    checks: ClassVar[Checks] = Checks()
    """What gates, mutants, coverage and the tests do with the circuit."""
    restarts: ClassVar[bool] = True
    """Whether a reset in the middle of a run puts everything back."""

    outlasts: ClassVar[str] = ""
    """An input: while it is up, a reset takes nothing away that later records or pins show."""

    least_steps: ClassVar[int] = 100
    """The shortest run that still makes sense."""
    unit: ClassVar[str] = "tick"
    """What the times of this bench count."""
    idle: ClassVar[int] = IDLE_TICKS
    """Time simulated beyond the last expected record: nothing may follow."""
    around: ClassVar[tuple[int, int]] = (200, 20)
    """Time kept before and after a mismatch."""
    scale: ClassVar[Scale] = Scale(
        RESET_TICKS * TICK_NS * 1000 + TICK_NS * 500, TICK_NS * 1000, TICK_NS * 1000,
        "tick (10 ns); registers change on the line, inputs between two",
    )  # fmt: skip
    """How waves are shown."""
    clocked: ClassVar[bool] = True
    """Whether the circuit has a clock (``tick``) or none (``cell``)."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.circuit = circuit_of(cls.__module__) or cls.circuit

    def __init__(self, config: str, params: Any = None) -> None:
        self.config = config
        if params is None and is_change(config):
            params = changed(self.configs[self.published], config)
        self.params = {**self.configs, **self.large}[config] if params is None else params

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Return changes of the published configuration, for a random one.

        A bench whose parameters depend on each other draws them here one after the other.
        """
        return {name: choose(choices) for name, choices in cls.varied.items()}

    def make(self) -> wiring.Component:
        """Return the circuit under test, with its trace port."""
        return self.rtl(self.params, trace=True)

    @property
    def layout(self) -> TraceLayout:
        """The layout of the circuit's trace word."""
        return self.params.trace

    @cached_property
    def ports(self) -> Ports:
        """The circuit's ports. To read them off, a whole circuit has to be made."""
        return Ports.of(self.rtl(self.params))

    def blank(self, count: int) -> np.ndarray:
        """Return `count` rows of stimulus, all zero."""
        return np.zeros(count, self.ports.stimulus_dtype)

    @abstractmethod
    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Return the rows of a random run; ticks start at 1."""

    @abstractmethod
    def expect(self, rows: np.ndarray) -> Any:
        """Return the golden model's trace records for the rows seen at the pins.

        One array, or, where :meth:`split` splits, one per part by name.
        """

    def split(self, records: np.ndarray) -> dict[str, np.ndarray]:
        """Split the circuit's trace records as the golden model's are split."""
        return {"": records}

    def check(self, records: Any) -> None:  # noqa: B027  # nothing unless overridden
        """Make sure of what holds for the records of any run, drawn ones too.

        Raises
        ------
        LockstepError
            If it does not.
        """

    def forbidden(self, rows: np.ndarray, expected: Any) -> dict[str, np.ndarray]:
        """Return the ticks on which inputs break the circuit's contract, by what it asks for.

        Nothing unless overridden. The circuit's docstring says the same; a run whose own stimulus
        breaks the contract fails.
        """
        return {}

    @abstractmethod
    def pins(self, rows: np.ndarray, expected: Any) -> Pins:
        """Return what every output pin does: any change of any pin is compared, on its tick.

        Worked out from the rows seen at the pins and the golden model's run, never from the
        circuit. When a pin is looked at, :mod:`goldspike.model.timebase` says.
        """

    def free(self, rows: np.ndarray, expected: Any, pins: Pins) -> Pins:
        """Return which bits of a pin may have any value, from when on; none unless overridden.

        The reason stands in the bench, where it says so. `pins` is what :meth:`pins` says.
        """
        return {}

    @abstractmethod
    def coverage(self, rows: np.ndarray, records: Any) -> dict[str, int]:
        """Return how often each functional bin was hit; a run that leaves one at 0 fails."""

    def hits(self, rows: np.ndarray, records: Any) -> dict[str, int]:
        """Return the functional bins as plain numbers, whatever they were counted by."""
        return {name: int(hits) for name, hits in self.coverage(rows, records).items()}

    @staticmethod
    def simulator_ps(tick: int) -> int:
        """Return the simulator's time, in picoseconds, at which a tick of this bench begins."""
        return (RESET_TICKS + tick) * TICK_NS * 1000

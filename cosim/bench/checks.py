"""What a bench says about the checks beside its own run: gates, mutants, coverage, synthesis."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Checks", "Exclusion"]


@dataclass(frozen=True)
class Exclusion:
    """Something that coverage leaves out of the account.

    Parameters
    ----------
    kind : str
        ``lines``, ``states``, ``transitions``, ``bits`` or ``bins``.
    what : str
        Source lines as they stand in the circuit's file, one after the other; of every other kind
        a regular expression for the whole name.
    reason : str
        Why it need not be covered.
    """

    kind: str
    what: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Checks:
    """How a circuit is checked; the defaults suit a leaf circuit with small configurations.

    Where a configuration is not named, it is the published one.

    Parameters
    ----------
    group : str
        The row of the short status table that the circuit shares; default: one of its own.
    assembled : bool
        The circuit is made of others: its parts are mutated and held against their RTL, not it.
    gates : str, optional
        The configuration whose netlists run on the bench.
    compared : str, optional
        The configuration whose netlists are held against the RTL, if another than that of `gates`.
    compared_on : mapping of str to str
        The same, for some targets.
    mutants : tuple of str, optional
        The configurations that are mutated.
    synthesis : str, optional
        The configuration that the tests synthesise.
    joined : bool
        They synthesise only what joins its parts.
    block_memory : bool
        Its weights must end up in block memories.
    slow : tuple of str
        Configurations that take long to build.
    random : int
        How many random configurations the tests draw: 2, 1 (a short run), or 0.
    silences : bool
        Whatever lies between two rows of its stimulus may last longer, and nothing else changes.
    waves : bool
        The tests record its waves on every run, not only on slow ones.
    at_rest : tuple of str
        Inputs that may be up only while `busy` is down, and that it does not follow: forms of the
        circuit are held against each other under this condition.
    vectors : (str, int), optional
        Configuration and steps of the test vectors that the tests run in plain Verilog.
    alike : tuple of str
        Bundles of pins in which one line is as good as another, so that their order means nothing.
    low : mapping of str to str
        Lines of output pins, such as ``out_packet[8]``, that are never up while they mean anything,
        and the reason: nobody can notice that one is stuck there.
    exclusions : tuple of Exclusion
        What coverage leaves out of the account.
    """

    group: str = ""
    assembled: bool = False
    gates: str | None = None
    compared: str | None = None
    compared_on: Mapping[str, str] = field(default_factory=dict)
    mutants: tuple[str, ...] | None = None
    synthesis: str | None = None
    joined: bool = False
    block_memory: bool = False
    slow: tuple[str, ...] = ()
    random: int = 2
    silences: bool = False
    waves: bool = False
    at_rest: tuple[str, ...] = ()
    vectors: tuple[str, int] | None = None
    alike: tuple[str, ...] = ()
    low: Mapping[str, str] = field(default_factory=dict, repr=False)  # changes no other check
    exclusions: tuple[Exclusion, ...] = ()

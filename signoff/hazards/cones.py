"""What may glitch: nets that something is sensitive to, by the gates and sources before them.

A net of one source changes when its source does. Where there are more, two that change together
may make it move and come back, whatever its gates are; one alone may, by the gates. Which of them
never change together is known to who designed the circuit: that is a `Reason`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from goldspike.signoff.hazards.netlist import Bit, Netlist, Value, Wave, evaluate, follow

__all__ = ["Net", "Reason", "sensitive", "unexplained"]

Gates = Mapping[Bit, tuple[str, tuple[Bit, ...]]]
WIDEST = 14
"""Sources of a cone that are tried in all combinations."""


@dataclass(frozen=True)
class Reason:
    """Why glitches of some nets do no harm.

    Attributes
    ----------
    nets : str
        Their names; a star stands for any text.
    why : str
        One sentence.
    clean : bool
        There are none, since its sources change one at a time, each long after the other. So the
        gates must not glitch by a single one, nor, if two have the same clock, by all of that
        clock. Otherwise there may be some, which nothing sees that the net leads to.
    open : bool
        There may be some, and they do harm: the check fails until the circuit is mended.
    held : str
        A source of a clean net that is up while those of one clock change: its last name.
    alone : str
        One of several of one clock that never changes with the others: its last name.
    """

    nets: str
    why: str
    clean: bool = False
    open: bool = False
    held: str = ""
    alone: str = ""


@dataclass(frozen=True)
class Net:
    """A net that something is sensitive to, and that has more than one source.

    Attributes
    ----------
    name : str
        Its name.
    uses : tuple of str
        What is sensitive to it.
    sources : tuple of str
        The names of what it depends on and what does not hold still.
    glitch : tuple of str
        Sources of which one alone makes it glitch, or, together, those of one clock.
    reason : Reason or None
        Why it does no harm.
    """

    name: str
    uses: tuple[str, ...]
    sources: tuple[str, ...]
    glitch: tuple[str, ...]
    reason: Reason | None


def sensitive(net: Netlist, still: Iterable[str], reasons: Iterable[Reason]) -> Iterator[Net]:
    """Yield the nets that something is sensitive to and that two sources or more move.

    Sources whose names fit a pattern in `still` hold still. A net that is clean for a reason is a
    source of what is behind it.
    """
    held, known = tuple(still), tuple(reasons)
    clean = {bit for bit in net.uses if (r := reason_of(net, bit, known)) and r.clean}
    for bit, uses in net.uses.items():
        gates = {at: gate for at, gate in net.gates.items() if at == bit or at not in clean}
        order, sources = net.cone(bit, gates)
        moving = [s for s in sources if not fits(net.name(s), held)]
        reason = reason_of(net, bit, known)
        up = {s for s in sources if reason and reason.held and last(net, s) == reason.held}
        groups = {(source,): set[Bit]() for source in moving}
        for clock in {net.flops[s][0]: None for s in moving if s in net.flops}:
            several = [s for s in moving if s in net.flops and net.flops[s][0] == clock]
            several = [s for s in several if not reason or last(net, s) != reason.alone]
            groups |= {tuple(several): up} if len(several) > 1 else {}
        glitch = [
            group for group, ones in groups.items()
            if glitches(gates, order, sources, group, ones)
        ]  # fmt: skip
        if len(moving) > 1 or glitch:
            yield Net(
                name=net.name(bit),
                uses=tuple(uses),
                sources=tuple(sorted(net.name(source) for source in moving)),
                glitch=tuple(" + ".join(map(net.name, group)) for group in glitch),
                reason=reason,
            )


def glitches(
    gates: Gates, order: list[Bit], sources: list[Bit], group: tuple[Bit, ...], up: set[Bit]
) -> bool:
    """Return whether sources that change together, or one alone, can make a net glitch.

    One alone makes it change once more than its gates ask for, between equal ends or different
    ones; of several the order is open, so that the net must not move at all. Sources that are `up`
    are one.
    """
    if len(group) == 1 and monotone(gates, order, group[0]):
        return False
    others = [other for other in sources if other not in group and other not in up]
    if len(others) > WIDEST:
        return True
    cases = (1 << (1 << len(others))) - 1
    ones = dict.fromkeys(up, cases)
    for k, other in enumerate(others):
        ones[other] = cases & ~(cases // ((1 << (1 << k)) + 1))
    if len(group) == 1:
        waves: dict[Bit, Wave] = {source: (one, one, 0) for source, one in ones.items()}
        waves[group[0]] = 0, cases, 0
        follow(order, gates, waves, cases)
        return bool(waves[order[-1]][2])
    values: dict[Bit, Value] = {source: (one, cases & ~one) for source, one in ones.items()}
    values |= dict.fromkeys(group, (cases, cases))
    evaluate(order, gates, values, cases)
    may1, may0 = values[order[-1]]
    return bool(may1 & may0)


def reason_of(net: Netlist, bit: Bit, reasons: Iterable[Reason]) -> Reason | None:
    """Return the first reason that is for a net, or for a pin that it leads to."""
    names = (net.name(bit), *net.uses.get(bit, ()))
    return next((r for r in reasons if any(fnmatchcase(name, r.nets) for name in names)), None)


def last(net: Netlist, source: Bit) -> str:
    """Return the last part of a source's name, without its number."""
    return net.name(source).rpartition(".")[2].partition("[")[0]


def monotone(gates: Gates, order: list[Bit], at: Bit) -> bool:
    """Return whether all paths from a source invert it, or none does: then it cannot glitch."""
    senses = {at: 1}  # 1: as the source, 2: inverted, 3: both
    for net in order:
        kind, ins = gates[net]
        found = [senses.get(entering, 0) for entering in ins]
        if kind == "$_NOT_":
            found = [turned(found[0])]
        elif kind == "isolate":
            found[1] = turned(found[1])
        elif (kind == "$_XOR_" and any(found)) or (kind == "$_MUX_" and found[2]):
            found.append(3)
        senses[net] = 0
        for sense in found:
            senses[net] |= sense
    return senses[order[-1]] != 3 if order else True


def turned(sense: int) -> int:
    """Return a sense behind an inverter."""
    return sense >> 1 | (sense & 1) << 1


def unexplained(nets: Iterable[Net]) -> Iterator[str]:
    """Yield a sentence for each net that may glitch and for which no reason holds."""
    for net in nets:
        what = f"{net.name} ({', '.join(net.uses)}), of {', '.join(net.sources)}"
        if net.reason is None:
            yield f"{what}, may glitch, and nothing says why it does no harm"
        elif net.reason.open:
            yield f"{what}, may glitch and do harm: {net.reason.why}"
        elif net.reason.clean and net.glitch:
            yield f"{what}, glitches by {net.glitch[0]}"


def fits(name: str, patterns: Iterable[str]) -> bool:
    """Return whether a name is of the form of one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)

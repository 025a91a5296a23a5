"""The nets of a circuit, read off what Yosys writes in SMT-LIB, each with a name in every state.

Yosys writes a net as a function over a state, and solvers put its whole cone in place of each call.
Here, a net in a state is a name that is defined once, if at all: a question gets the nets that it
depends on. A register in a state is what drives it in the state before.
"""

import re
from collections.abc import Iterable, Sequence

__all__ = ["Nets", "wire"]

NET = re.compile(r"\(define-fun \|top(#|_n )([^|]+)\| \(\(state \|top_s\|\)\) (\w+|\(.*?\)) (.*)\)")
NEXT = re.compile(r"\(= (.*) \(\|top(#\d+)\| next_state\)\)")
INITIAL = re.compile(r"\(= (.*) (true|false|#b[01]+)\)")
PART = re.compile(r"(?:\(= )?\(\(_ extract (\d+) (\d+)\) state\)(?: #b1\))?")
CALL = re.compile(r"\(\|top(?:_n )?([^|]+)\| state\)")
BIT = re.compile(r"\(ite \(\|top(#\d+)\| state\) #b1 #b0\)")
SKIPPED = ("(define-sort ", *(f"(define-fun |top_{kind}|" for kind in ("is", "a", "u", "h")))

THIS, BEFORE = "\0", "\1"
"""In text about nets: the number of a state, and of the one before."""

Text = tuple[str, list[int]]
"""A term or an assertion about nets, and their numbers."""


def wire(name: str, state: int) -> str:
    """Return the name of a port in a state."""
    return f"|{name} {state}|"


class Nets:
    """The nets of a circuit, by number, each after those that it depends on.

    Parameters
    ----------
    text : str
        Of a flat module ``top`` of single bits, by ``write_smt2 -stbv``.

    Raises
    ------
    ValueError
        If some of it is of a kind not known here.
    """

    def __init__(self, text: str) -> None:
        self.numbers: dict[str, int] = {}
        self.names: list[str] = []
        self.sorts: list[str] = []
        self.terms: list[Text | None] = []  # none: a part of the state
        self.parts: set[int] = set()  # bits of the state
        self.drivers: dict[int, Text] = {}  # of registers
        self.initial: dict[int, str] = {}  # their values on reset
        self.given: list[Text] = []  # what else reset says of them
        read = self.add_net
        for line in text.splitlines():
            statement = "" if line.startswith(";") else line.partition(" ; ")[0].strip()
            if statement.startswith("(define-fun |top_i|"):
                read = self.add_initial
            elif statement.startswith("(define-fun |top_t|"):
                read = self.add_driver
            elif statement == "))":
                read = self.add_net
            elif statement and not statement.startswith(SKIPPED):
                read(statement)

    def add_net(self, line: str) -> None:
        """Add what a net is."""
        kind, name, sort, text = groups(NET, line)
        name = name if kind == "_n " else f"#{name}"
        if part := PART.fullmatch(text):
            bits = set(range(int(part[2]), int(part[1]) + 1))
            if bits & self.parts:
                raise ValueError(f"two nets are one part of the state: {line}")
            self.parts |= bits
        self.terms.append(None if part else self.named(text))
        self.numbers[name] = len(self.names)
        self.names.append(name)
        self.sorts.append(sort)

    def add_driver(self, line: str) -> None:
        """Add what a register will be in the next state."""
        text, name = groups(NEXT, line)
        term, uses = self.named(text)
        self.drivers[self.part(name)] = term.replace(THIS, BEFORE), uses

    def add_initial(self, line: str) -> None:
        """Add what registers are on reset."""
        text, value = groups(INITIAL, line)
        bits = BIT.findall(text)
        if CALL.fullmatch(text):
            self.initial[self.part(groups(CALL, text)[0])] = value
        elif len(bits) == len(value) - 2 and not BIT.sub("", text).replace("(concat ", "").strip(
            " )"
        ):
            for name, bit in zip(bits, value[2:], strict=True):
                self.initial[self.part(name)] = "true" if bit == "1" else "false"
        else:
            term, uses = self.named(text)
            self.given.append((f"(assert (= {term} {value}))".replace(THIS, "0"), uses))

    def part(self, name: str) -> int:
        """Return the number of a net that is a part of the state."""
        if self.terms[number := self.numbers[name]]:
            raise ValueError(f"no part of the state: {name}")
        return number

    def named(self, text: str) -> Text:
        """Return a term with names in place of calls."""
        uses = [self.numbers[name] for name in CALL.findall(text)]
        term = CALL.sub(rf"|\1 {THIS}|", text)
        if "state" in re.sub(r"\|.*?\|", "", term):
            raise ValueError(f"not understood: {text}")
        return term, uses

    def cone(self, roots: Iterable[int]) -> list[int]:
        """Return the nets on which some nets depend within a state, and these."""
        wanted = bytearray(len(self.terms))
        for root in roots:
            wanted[root] = 1
        for number in range(len(wanted) - 1, -1, -1):
            if wanted[number] and (term := self.terms[number]):
                for use in term[1]:
                    wanted[use] = 1
        return [number for number, there in enumerate(wanted) if there]

    def run(
        self, asked: Sequence[Iterable[str]], constants: Iterable[str], *, from_reset: bool
    ) -> str:
        """Return the definitions of all that some nets depend on in a run of states.

        Parameters
        ----------
        asked : sequence of iterables of str
            Names of nets, state by state.
        constants : iterable of str
            Inputs that are the same in all states.
        from_reset : bool
            The first state is that of reset; else, any at all.
        """
        constant = self.cone(self.numbers[name] for name in constants)
        still = {number for number in constant if not self.terms[number]}
        given = self.given if from_reset else []
        before: set[int] = set()  # what a state needs of the one before
        first = {number for _, uses in given for number in uses}  # what is needed of the first one
        texts = []
        for state in range(len(asked) - 1, -1, -1):
            roots = {self.numbers[name] for name in asked[state]} | before
            before, lines = set(), []
            for number in self.cone(roots if state else roots | first):
                name, sort = self.names[number], self.sorts[number]
                if term := self.terms[number]:
                    value = term[0]
                elif state and number in still:
                    first.add(number)
                    value = f"|{name} 0|"
                elif state and number in self.drivers:
                    value, uses = self.drivers[number]
                    before.update(uses)
                elif not state and from_reset and number in self.initial:
                    value = self.initial[number]
                else:
                    lines.append(f"(declare-fun |{name} {THIS}| () {sort})")
                    continue
                lines.append(f"(define-fun |{name} {THIS}| () {sort} {value})")
            text = "\n".join(lines)
            texts.append(text.replace(THIS, str(state)).replace(BEFORE, str(state - 1)))
        return "\n".join([*reversed(texts), *(text for text, _ in given)])


def groups(pattern: re.Pattern[str], text: str) -> Sequence[str]:
    """Return what the groups of a pattern match in a text."""
    if not (found := pattern.fullmatch(text)):
        raise ValueError(f"not understood: {text}")
    return found.groups()

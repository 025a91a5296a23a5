"""Two forms of a circuit in one graph, tick by tick.

Both forms have the same flip-flops and inputs: one netlist, of which an input chooses the form. A
run begins with a tick of reset, from contents equal in both forms, anything where nothing is said
about them. A flip-flop whose clock is inverted moves behind the others, while the inputs stay; one
whose clock stands still never moves.
"""

from collections.abc import Callable, Sequence

from goldspike.signoff.equivalence.aig import FALSE, TRUE, Algebra, Graph, Netlist

__all__ = ["Pair", "State"]

State = Sequence[int]


class Pair:
    """Two forms of a circuit: one netlist, of which the input `selector` chooses the form.

    Values of flip-flops are lists, the first form's before the second's.

    Attributes
    ----------
    size : int
        Flip-flops of one form.
    inputs : dict of int to int
        Variables of the inputs that both share, by net; `reset` is the place of ``rst``.
    words : list of list of int
        Flip-flops that are a number, its lowest bit first.

    Raises
    ------
    ValueError
        If a clock is more than the clock, its inverse or a constant.
    """

    def __init__(self, netlist: Netlist, selector: str, numbers: tuple[int, int]) -> None:
        """Take the forms in which `selector` has either of two values."""
        self.netlist = netlist
        self.size = len(netlist.latches)
        self.graph = graph = Graph()
        self.clock = graph.variable()
        pins = [
            net
            for name, nets in netlist.inputs.items()
            for net in nets
            if name not in ("clk", selector)
        ]
        self.inputs = {net: graph.variable() for net in pins}
        self.reset = pins.index(netlist.inputs["rst"][0])
        self.latches: list[int] = []
        self.next: list[int] = []
        self.words: list[list[int]] = []
        shown: list[list[int]] = []
        for number in numbers:
            chosen = {net: number >> k & 1 for k, net in enumerate(netlist.inputs[selector])}
            latches = [graph.variable() for _ in netlist.latches]
            nets = self.settle(chosen, latches)
            self.find_words(nets, latches)
            self.latches += latches
            self.next += self.moved(chosen, latches)
            shown.append([nets[net] for port in netlist.outputs.values() for net in port])
        self.same = graph.algebra.all(map(graph.algebra.equal, *shown))
        self.nodes = [
            (node, gate)
            for node in graph.cone([*self.next, self.same])
            if (gate := graph.gates[node])
        ]

    def settle(self, chosen: dict[int, int], latches: State) -> list[int]:
        """Return the value of every net of a form."""
        known = {latch.q: value for latch, value in zip(self.netlist.latches, latches, strict=True)}
        known |= self.inputs | chosen | {self.netlist.inputs["clk"][0]: self.clock}
        return self.netlist.evaluate(self.graph.algebra, known)

    def moved(self, chosen: dict[int, int], latches: list[int]) -> list[int]:
        """Return a form's flip-flops behind a tick: a rise of the clock, then its fall."""
        for edge in (self.clock, self.clock ^ 1):
            nets = self.settle(chosen, latches)
            clocks = [nets[latch.clock] for latch in self.netlist.latches]
            if set(clocks) - {FALSE, TRUE, self.clock, self.clock ^ 1}:
                raise ValueError("a clock that is computed")
            if edge in clocks:
                latches = [
                    nets[latch.d] if clock == edge else value
                    for latch, clock, value in zip(
                        self.netlist.latches, clocks, latches, strict=True
                    )
                ]
        return latches

    def find_words(self, nets: State, latches: State) -> None:
        """Note which names of the circuit's source are flip-flops throughout."""
        places = {latch: len(self.latches) + k for k, latch in enumerate(latches)}
        for bits in self.netlist.words.values():
            word = [places.get(nets[net], -1) for net in bits]
            if len(word) > 1 and -1 not in word and word not in self.words:
                self.words.append(word)

    def tick(self, algebra: Algebra, state: State, inputs: State) -> tuple[list[int], int]:
        """Return the state after a tick, and whether the outputs on it are equal."""
        flip, both = algebra.flip, algebra.both
        values = [0] * len(self.graph.gates)
        variables = (*self.inputs.values(), *self.latches)
        for literal, value in zip(variables, (*inputs, *state), strict=True):
            values[literal >> 1] = value
        for node, (a, b) in self.nodes:
            values[node] = both(
                values[a >> 1] ^ (flip if a & 1 else 0), values[b >> 1] ^ (flip if b & 1 else 0)
            )
        *after, same = (
            values[literal >> 1] ^ (flip if literal & 1 else 0)
            for literal in (*self.next, self.same)
        )
        return after, same

    def start(self, algebra: Algebra, anything: Callable[[], int]) -> list[int]:
        """Return the state after reset; `anything` gives what a flip-flop may hold before."""
        power_up = [
            anything() if latch.init is None else algebra.constant(latch.init)
            for latch in self.netlist.latches
        ]
        inputs = [algebra.constant(k == self.reset) for k in range(len(self.inputs))]
        return self.tick(algebra, power_up * 2, inputs)[0]

"""The nodes of a NIR graph in the order of a chain, graphs inside it taken apart."""

from typing import Any

from goldspike.model.errors import InputError

__all__ = ["flattened", "in_order"]

_DEEPEST = 20
_GRAPH = "NIRGraph"

Nodes = dict[str, Any]
Edges = list[tuple[str, str]]


def flattened(graph: Any, depth: int = 0) -> tuple[Nodes, Edges]:
    """Return nodes and edges with every graph inside replaced by its own chain.

    A node ``b`` of a graph ``a`` is called ``a.b``; the inner graph's Input and Output are left
    out.

    Raises
    ------
    InputError
        If an inner graph has not one Input and one Output, or graphs nest too deep.
    """
    if depth > _DEEPEST:
        raise InputError(f"expected graphs nested at most {_DEEPEST} deep.")
    nodes: Nodes = {}
    edges: Edges = [(str(begin), str(end)) for begin, end in graph.edges]
    for name, node in graph.nodes.items():
        if type(node).__name__ != _GRAPH:
            nodes[name] = node
            continue
        inner, inside = flattened(node, depth + 1)
        ends = [
            [key for key, part in inner.items() if type(part).__name__ == kind]
            for kind in ("Input", "Output")
        ]
        if [len(found) for found in ends] != [1, 1]:
            raise InputError(
                f"expected the graph {name!r} inside to have one Input and one Output, not "
                f"{len(ends[0])} and {len(ends[1])}."
            )
        (first,), (last,) = ends
        nodes |= {f"{name}.{key}": part for key, part in inner.items() if key not in (first, last)}
        edges = _spliced(name, edges, inside, first, last)
    return nodes, edges


def _spliced(name: str, edges: Edges, inside: Edges, first: str, last: str) -> Edges:
    """Return the edges of a graph with those of the graph `name` inside it."""
    enter = [end for begin, end in inside if begin == first]
    leave = [begin for begin, end in inside if end == last]
    if enter == [last]:  # it holds nothing: what leads to it leads on
        enter, leave = [], []
        before = [begin for begin, end in edges if end == name]
        after = [end for begin, end in edges if begin == name]
        kept = [edge for edge in edges if name not in edge]
        return kept + [(begin, end) for begin in before for end in after]
    joined: Edges = []
    for begin, end in edges:
        starts = [f"{name}.{part}" for part in leave] if begin == name else [begin]
        stops = [f"{name}.{part}" for part in enter] if end == name else [end]
        joined += [(start, stop) for start in starts for stop in stops]
    own = [
        (f"{name}.{begin}", f"{name}.{end}")
        for begin, end in inside
        if begin != first and end != last
    ]
    return joined + own


def in_order(nodes: Nodes, edges: Edges) -> list[str]:
    """Return the nodes' names from the input to the output of a chain.

    Raises
    ------
    InputError
        If the graph is no single chain from an Input to an Output.
    """
    kinds = {name: type(node).__name__ for name, node in nodes.items()}
    after: dict[str, str] = {}
    for begin, end in edges:
        for name in (begin, end):
            if name not in kinds:
                raise InputError(f"an edge names the node {name!r}, which the graph has not.")
        if begin in after:
            raise _branch(edges, begin, after[begin], end)
        after[begin] = end
    inputs = [name for name, kind in kinds.items() if kind == "Input"]
    if len(inputs) != 1:
        raise InputError(f"expected one Input node, not {len(inputs)}.")
    names = inputs
    while names[-1] in after:
        if after[names[-1]] in names:
            raise InputError(
                f"expected a feed-forward chain, but the edge from {names[-1]!r} leads back to "
                f"{after[names[-1]]!r}: a recurrent layer is not imported."
            )
        names.append(after[names[-1]])
    left = sorted(set(kinds) - set(names))
    if left or kinds[names[-1]] != "Output":
        where = f"the node {left[0]!r} is not on it" if left else "it does not end in an Output"
        raise InputError(f"expected one chain from Input to Output, but {where}.")
    return names


def _branch(edges: Edges, begin: str, first: str, second: str) -> InputError:
    """Return what is said of a node that leads to two others, or twice to one."""
    if first == second:
        return InputError(f"expected each edge once, but {begin!r} leads to {first!r} twice.")
    for end in (first, second):
        reached, left = {end}, [end]
        while left and begin not in reached:
            here = left.pop()
            new = {stop for start, stop in edges if start == here} - reached
            reached |= new
            left += new
        if begin in reached:
            way = "to itself" if end == begin else f"by {end!r} back to itself"
            return InputError(
                f"expected a feed-forward chain, but {begin!r} leads {way}: a recurrent layer is "
                "not imported."
            )
    return InputError(
        f"expected a feed-forward chain, but {begin!r} leads to both {first!r} and {second!r}."
    )

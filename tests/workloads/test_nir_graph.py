"""NIR files: chains come back as they were written; everything else is one sentence."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.workloads.network import Network
from goldspike.workloads.nir.order import in_order
from goldspike.workloads.nir_graph import read_chain, write_chain

nir = pytest.importorskip("nir")

Edges = list[tuple[str, str]]
W1 = np.arange(12, dtype=np.float32).reshape(3, 4) - 5  # outputs x inputs
W2 = np.array([[1.0, -2.0, 0.5]], np.float32)


def neurons(count: int, **changes: Any) -> Any:
    """Return IF neurons."""
    given = {"r": np.ones(count), "v_threshold": np.ones(count), "v_reset": np.zeros(count)}
    return nir.IF(**{**given, **changes})


def leaky(count: int, **changes: Any) -> Any:
    """Return LIF neurons."""
    given = {"tau": np.full(count, 0.02), "r": np.ones(count), "v_leak": np.zeros(count),
             "v_threshold": np.ones(count), "v_reset": np.zeros(count)}  # fmt: skip
    return nir.LIF(**{**given, **changes})


def nodes(**changes: Any) -> dict[str, Any]:
    """Return the nodes of a chain 4-3-1."""
    given = {
        "in": nir.Input(np.array([4])), "a": nir.Linear(W1), "b": neurons(3),
        "c": nir.Linear(W2), "d": neurons(1), "out": nir.Output(np.array([1])),
    }  # fmt: skip
    return {**given, **changes}


def chain_of(names: str) -> Edges:
    parts = names.split()
    return list(pairwise(parts))


CHAIN = chain_of("in a b c d out")


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of graphs; edges in an order of no meaning."""

    def write(graph: dict[str, Any], edges: Edges = CHAIN) -> Path:
        path = tmp_path / "graph.nir"
        nir.write(path, nir.NIRGraph(graph, edges[::-1], type_check=False))
        return path

    return write


def test_a_chain_is_read_in_order(save: Callable[..., Path]) -> None:
    chain = read_chain(save(nodes()))
    assert [layer.name for layer in chain.layers] == ["a, b", "c, d"]
    np.testing.assert_array_equal(chain.layers[0].weight, W1.T)
    np.testing.assert_array_equal(chain.layers[1].weight, W2.T)
    assert np.isinf(chain.layers[0].tau).all() and chain.notes == ()


def test_r_lifts_if_neurons_and_r_dt_over_tau_lifts_leaky_ones(save: Callable[..., Path]) -> None:
    graph = nodes(b=neurons(3, r=np.array([1.0, 2.0, 3.0])), d=leaky(1, r=np.array([100.0])))
    for dt, gain in ((1e-4, 0.5), (1e-3, 5.0)):
        first, second = read_chain(save(graph), dt).layers
        np.testing.assert_allclose(first.weight, W1.T * [1, 2, 3])
        np.testing.assert_allclose(second.weight, W2.T * gain)
        assert second.tau.tolist() == [0.02]


def test_one_value_serves_all_neurons(save: Callable[..., Path]) -> None:
    one = {key: np.array([value]) for key, value in
           (("r", 2.0), ("v_threshold", 3.0), ("v_reset", 0.0))}  # fmt: skip
    layer = read_chain(save(nodes(b=nir.IF(**one)))).layers[0]
    assert layer.threshold.tolist() == [3.0] * 3
    np.testing.assert_array_equal(layer.weight, 2 * W1.T)


def test_an_infinite_tau_as_snntorch_writes_it_is_no_leak(save: Callable[..., Path]) -> None:
    endless = leaky(3, tau=np.full(3, np.inf), r=np.full(3, np.inf))
    chain = read_chain(save(nodes(b=endless)))
    np.testing.assert_array_equal(chain.layers[0].weight, W1.T)
    assert len(chain.notes) == 1 and "b: tau and R are infinite" in chain.notes[0]


def test_images_are_flattened_row_by_row_and_a_bias_of_zero_passes(
    save: Callable[..., Path],
) -> None:
    graph = nodes(a=nir.Affine(W1, np.zeros(3)), f=nir.Flatten({"input": np.array([2, 2])}, 0, -1))
    graph["in"] = nir.Input(np.array([2, 2]))
    chain = read_chain(save(graph, chain_of("in f a b c d out")))
    np.testing.assert_array_equal(chain.layers[0].weight, W1.T)


def test_what_is_exported_is_read_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    weights = tuple(rng.integers(-7, 8, shape).astype(np.int8) for shape in ((20, 6), (6, 3)))
    net = Network(weights, {"rate_max": 9000.0, "window": 100_000, "made_by": "a test"})
    path = tmp_path / "net.nir"
    write_chain(path, net.weights, 64, net.meta)
    chain = read_chain(path)
    for layer, w in zip(chain.layers, weights, strict=True):
        np.testing.assert_array_equal(layer.weight, w)
        assert (layer.threshold == 64).all()
    assert chain.meta is not None and chain.meta["rate_max"] == 9000.0
    first = path.read_bytes()
    write_chain(path, net.weights, 64, net.meta)
    assert path.read_bytes() == first
    nir.read(path)  # its own type check finds nothing


def inner(inputs: int, outputs: int, *names: str, **parts: Any) -> Any:
    """Return a graph inside a graph, a chain of its parts."""
    given = {"i": nir.Input(np.array([inputs])), **parts, "o": nir.Output(np.array([outputs]))}
    return nir.NIRGraph(given, list(pairwise(("i", *names, "o"))), type_check=False)


INSIDE = {
    "neurons": ({"b": inner(3, 3, "n", n=neurons(3))}, "in a b c d out"),
    "a layer": ({"l": inner(4, 3, "a", "b", a=nir.Linear(W1), b=neurons(3))}, "in l c d out"),
    "two deep": ({"l": inner(4, 3, "k", "b", k=inner(4, 3, "a", a=nir.Linear(W1)), b=neurons(3))},
                 "in l c d out"),
    "all": ({"l": inner(4, 1, *"abcd", a=nir.Linear(W1), b=neurons(3), c=nir.Linear(W2),
                        d=neurons(1))}, "in l out"),
    "nothing": ({"e": inner(3, 3)}, "in a e b c d out"),
}  # fmt: skip


@pytest.mark.parametrize("name", INSIDE)
def test_graphs_inside_are_taken_apart(name: str, save: Callable[..., Path]) -> None:
    change, order = INSIDE[name]
    kept = {key: part for key, part in nodes(**change).items() if key in order.split()}
    chain = read_chain(save(kept, chain_of(order)))
    np.testing.assert_array_equal(chain.layers[0].weight, W1.T)
    np.testing.assert_array_equal(chain.layers[1].weight, W2.T)


def test_scales_are_folded_into_the_weights(save: Callable[..., Path]) -> None:
    first, second, third = np.array([1.0, 2, 3, 4]), np.array([0.5, 1, 2]), np.array([3.0])
    graph = nodes(a=nir.Affine(W1, np.array([1.0, 2, 4])), s=nir.Scale(first),
                  u=nir.Scale(second), v=nir.Scale(third))  # fmt: skip
    chain = read_chain(save(graph, chain_of("in s a u b v c d out")))
    # u (W (s x) + b), then W2 (v y): element by element
    expected = [[W1[j, i] * first[i] * second[j] for j in range(3)] for i in range(4)]
    np.testing.assert_allclose(chain.layers[0].weight, expected)
    np.testing.assert_allclose(chain.layers[1].weight, 3 * W2.T)
    assert chain.layers[0].slope is not None
    np.testing.assert_allclose(chain.layers[0].slope, [0.5, 2.0, 8.0])
    assert len(chain.notes) == 3


def test_a_placeholder_takes_the_size_of_the_first_map(save: Callable[..., Path]) -> None:
    graph = nodes()
    graph["in"] = nir.Input(np.array([1]))
    chain = read_chain(save(graph))
    assert chain.sizes == (4, 3, 1)
    assert len(chain.notes) == 1 and "4 inputs are taken, as many as a has" in chain.notes[0]


def test_times_in_steps(save: Callable[..., Path]) -> None:
    beta = 0.9
    lif = leaky(3, tau=np.full(3, 1 / (1 - beta)), r=np.full(3, 1 / (1 - beta)))
    affine = nir.Affine(W1, np.array([0.0, 0.5, -1]))
    for step in (1e-4, 1e-3):
        layer = read_chain(save(nodes(a=affine, b=lif)), time_step=step).layers[0]
        np.testing.assert_allclose(layer.weight, W1.T)  # a spike lifts by w
        np.testing.assert_allclose(layer.tau, 10 * step)  # a step takes a tenth
        assert layer.slope is not None  # and a bias adds b in a step
        np.testing.assert_allclose(layer.slope, np.array([0, 0.5, -1]) / step)
    layer = read_chain(save(nodes(a=affine, b=lif)), 5e-4, 1e-3).layers[0]
    np.testing.assert_allclose(layer.weight, W1.T / 2)  # a current of half a step
    layer = read_chain(save(nodes(a=affine)), time_step=1e-3).layers[0]
    assert layer.slope is not None
    np.testing.assert_allclose(layer.slope, [0, 500, -1000])  # IF: R b in a step
    with pytest.raises(InputError, match="time step must be above 0"):
        read_chain(save(nodes()), time_step=-1.0)


def test_biases_are_currents_of_the_neurons_equations(save: Callable[..., Path]) -> None:
    bias = np.array([1.0, 0.0, -2.0])
    layer = read_chain(save(nodes(a=nir.Affine(W1, bias), b=neurons(3, r=np.full(3, 5.0))))).layers[
        0
    ]
    assert layer.slope is not None
    np.testing.assert_allclose(layer.slope, 5 * bias)  # v' = R b
    graph = nodes(a=nir.Affine(W1, bias), b=leaky(3, r=np.full(3, 5.0)))
    layer = read_chain(save(graph)).layers[0]
    assert layer.slope is not None
    np.testing.assert_allclose(layer.slope, 5 * bias / 0.02)  # tau v' = R b


def test_a_slow_membrane_is_asked_about(save: Callable[..., Path]) -> None:
    graph = save(nodes(b=leaky(3, tau=np.full(3, 10.0))))
    assert "tau is read as 10 seconds" in read_chain(graph).notes[0]
    assert not read_chain(graph, time_step=1e-3).notes


@pytest.mark.parametrize("kind", ["I", "LI"])
def test_a_read_out_stands_at_the_end(kind: str, save: Callable[..., Path]) -> None:
    node = nir.I(np.array([2.0])) if kind == "I" else nir.LI(
        np.array([0.02]), np.array([200.0]), np.zeros(1))  # fmt: skip
    first, last = read_chain(save(nodes(d=node))).layers
    assert last.readout and not first.readout
    np.testing.assert_allclose(last.weight, W2.T * (2.0 if kind == "I" else 200 * 1e-4 / 0.02))
    assert np.isinf(last.tau[0]) == (kind == "I")


def test_everything_is_said_at_once_and_in_order(save: Callable[..., Path]) -> None:
    graph = nodes(b=leaky(3, v_reset=np.full(3, -1.0)), e=nir.Threshold(np.ones(1)), d=neurons(1))
    graph["in"] = nir.Input(np.array([7]))
    with pytest.raises(InputError) as caught:
        read_chain(save(graph, chain_of("in a b c e d out")))
    said = str(caught.value)
    words = ["3 things do not fit: (1)", "Input 'in' to be of the size 4", "(2)", "'e' is a",
             "(3)", "v_reset = 0 in 'b'"]  # fmt: skip
    places = [said.index(word) for word in words]
    assert places == sorted(places) and said.count("\n") == 0 and said.endswith(".")


NAN, INF = np.full((3, 4), np.nan), np.full((3, 4), np.inf)
REJECTED: dict[str, tuple[dict[str, Any], str, str]] = {
    "recurrent": ({}, "in a b a", "leads back to 'a'"),
    "self loop": ({}, "in a a", "leads back to 'a'"),
    "gap": ({}, "a b c d out", "'a' is not on it"),
    "open end": ({}, "in a b c d", "'out' is not on it"),
    "convolution": (
        {"a": nir.Conv1d(4, np.ones((3, 1, 2)), 1, 0, 1, 1, np.zeros(3))}, "", "'a' is a Conv1d"),
    "convolution of other sizes": (
        {"a": nir.Conv1d(4, np.ones((3, 1, 2)), 1, 0, 1, 1, np.zeros(3)),
         "in": nir.Input(np.array([9]))}, "", "(?<=nir: )expected Linear.*'a' is a Conv1d"),
    "no neurons": ({"b": nir.Scale(np.ones(3))}, "", "between the nodes 'a' and 'c'"),
    "integrator": ({"b": nir.I(np.ones(3))}, "", "'b' is a I node before the end"),
    "leaky integrator": (
        {"b": nir.LI(np.ones(3), np.ones(3), np.zeros(3))}, "", "'b' is a LI node before the end"),
    "scale last": ({"s": nir.Scale(np.ones(1))}, "in a b c d s out", "behind 's' to scale"),
    "scale": ({"s": nir.Scale(np.ones(2))}, "in s a b c d out", "expected 4 values in 's', not 2"),
    "bias inputs": ({"a": nir.Affine(W1, np.ones(2))}, "", "expected 3 values in 'a, bias', not 2"),
    "input": ({"in": nir.Input(np.array([5]))}, "", "Input 'in' to be of the size 4 .*, not 5"),
    "cuba": (
        {"b": nir.CubaLIF(*[np.ones(3)] * 2, np.ones(3), np.zeros(3), np.ones(3))}, "",
        "'b' is a CubaLIF"),
    "two inputs inside": ({"b": nir.NIRGraph(
        {"x": nir.Input(np.array([3])), "y": nir.Input(np.array([3])), "n": neurons(3),
         "z": nir.Output(np.array([3]))}, [("x", "n"), ("y", "n"), ("n", "z")], type_check=False)},
        "", "the graph 'b' inside to have one Input and one Output, not 2 and 1"),
    "two maps": ({}, "in a c d out", "neurons between the nodes 'a' and 'c'"),
    "neurons first": ({}, "in b a d out", "before the neurons 'b'"),
    "nothing": ({}, "in out", "at least one Linear"),
    "NaN": ({"a": nir.Linear(NAN)}, "", "finite numbers in weight of 'a'"),
    "inf": ({"a": nir.Linear(INF)}, "", "finite numbers in weight of 'a'"),
    "inputs": ({"c": nir.Linear(np.ones((1, 4)))}, "", "'c' to have 3 inputs"),
    "rank": ({"a": nir.Linear(np.ones((2, 3, 4)))}, "", r"shape \(outputs, inputs\)"),
    "neurons": ({"b": neurons(2)}, "", r"'b' to have the shape \(3,\), not \(2,\)"),
    "reset": ({"b": neurons(3, v_reset=np.full(3, -1.0))}, "", "v_reset = 0 in 'b'"),
    "leak": ({"b": leaky(3, v_leak=np.full(3, 0.2))}, "", "v_leak = 0 in 'b'"),
    "threshold": ({"b": neurons(3, v_threshold=np.zeros(3))}, "", "thresholds above 0 in 'b'"),
    "tau": ({"b": leaky(3, tau=np.full(3, -1.0))}, "", "tau above 0 in 'b'"),
    "r": ({"b": neurons(3, r=np.zeros(3))}, "", "lift the neurons 'b'"),
    "tau alone": ({"b": leaky(3, tau=np.full(3, np.inf))}, "", "lift the neurons 'b'"),
}  # fmt: skip


def test_a_map_at_the_end_is_summed_up_as_by_an_integrator(save: Callable[..., Path]) -> None:
    graph = nodes()
    bare = read_chain(save({k: v for k, v in graph.items() if k != "d"}, chain_of("in a b c out")))
    summed = read_chain(save({**graph, "d": nir.I(np.ones(1))}))
    one, other = bare.layers[-1], summed.layers[-1]
    assert one.readout and other.readout
    np.testing.assert_array_equal(one.weight, other.weight)
    np.testing.assert_array_equal(one.threshold, other.threshold)
    assert any(note.startswith("c: no neurons follow") for note in bare.notes)


@pytest.mark.parametrize("name", REJECTED)
def test_a_graph_that_the_chip_cannot_run_is_refused(name: str, save: Callable[..., Path]) -> None:
    changes, edges, message = REJECTED[name]
    graph = nodes(**changes)
    used = set(edges.split()) or set(graph)
    if name in ("two maps", "neurons first", "nothing"):  # no nodes left aside
        graph = {key: node for key, node in graph.items() if key in used}
    path = save(graph, chain_of(edges) if edges else CHAIN)
    with pytest.raises(InputError, match=rf"graph\.nir: .*{message}") as caught:
        read_chain(path)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_branches_and_two_inputs_are_refused(save: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match="'b' leads to both"):
        read_chain(save(nodes(), [*CHAIN, ("b", "out")]))
    with pytest.raises(InputError, match="one Input node, not 2"):
        read_chain(save(nodes(more=nir.Input(np.array([4])))))
    with pytest.raises(InputError, match="'nowhere', which the graph has not"):
        read_chain(save(nodes(), [*CHAIN, ("out", "nowhere")]))


def test_a_loop_is_called_recurrent() -> None:
    with pytest.raises(InputError, match="each edge once, but 'b' leads to 'c' twice"):
        in_order(nodes(), [*CHAIN, ("b", "c")])
    for loop, way in (([("b", "b")], "to itself"), ([("b", "r"), ("r", "b")], "by 'r' back to")):
        for edges in ([*CHAIN, *loop], [*loop, *CHAIN]):
            with pytest.raises(InputError, match=f"'b' leads {way}.*recurrent layer is not"):
                in_order(nodes(r=nir.Linear(np.ones((3, 3)))), edges)


def test_files_that_are_no_graph_are_refused(tmp_path: Path, save: Callable[..., Path]) -> None:
    import h5py

    path = tmp_path / "bad.nir"
    with pytest.raises(InputError, match="no such file"):
        read_chain(path)
    contents = {b"": "it is an empty file", b"text": "it is not HDF5", b"\x1f\x8b\x08": "gzip file",
                b"\x89HDF\r\n\x1a\n": "that nir can read"}  # fmt: skip
    for content, what in contents.items():
        path.write_bytes(content)
        with pytest.raises(InputError, match=rf"bad\.nir: expected a NIR .*{what}"):
            read_chain(path)
    whole = save(nodes()).read_bytes()
    for cut in (len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(InputError, match=r"bad\.nir: expected a NIR .*it is cut short"):
            read_chain(path)
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=3)
    with pytest.raises(InputError, match=r"that nir can read \(it holds no graph"):
        read_chain(path)
    nir.write(path, neurons(3))
    with pytest.raises(InputError, match="that nir can read"):
        read_chain(path)
    with pytest.raises(InputError, match="dt must be above 0"):
        read_chain(path, 0)


def test_noise_is_one_sentence_or_a_chain(tmp_path: Path, save: Callable[..., Path]) -> None:
    whole = np.frombuffer(save(nodes()).read_bytes(), np.uint8)
    rng = np.random.default_rng(2)
    path = tmp_path / "noisy.nir"
    for _ in range(15):
        noisy = whole.copy()
        noisy[rng.integers(0, whole.size, 4)] = rng.integers(0, 256, 4)
        path.write_bytes(noisy.tobytes())
        try:
            read_chain(path)
        except InputError as error:
            assert str(error).startswith(str(path))


def test_a_missing_package_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nir", None)
    net = Network((np.ones((2, 2), np.int8),))
    for attempt in (
        lambda: read_chain(tmp_path),
        lambda: write_chain(tmp_path / "x", net.weights, 64, {}),
    ):
        with pytest.raises(InputError, match=r"package nir.*extra 'nir'\.$"):
            attempt()

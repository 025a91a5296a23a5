"""A network from PyTorch, read, rounded and run: nets/digits_cnn.onnx."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save

from goldspike.chips import importer
from goldspike.cli import main
from goldspike.imc.chip import Imc
from goldspike.imc.onnx import image_scale, import_onnx, run_graph, table
from goldspike.model.errors import InputError
from goldspike.model.paths import ROOT
from goldspike.simulation import simulate
from goldspike.workloads.imc.network import load_cnn
from goldspike.workloads.imc.onnx_file import read_graph

FILE = ROOT / "nets" / "digits_cnn.onnx"
DIGITS = str(ROOT / "data" / "digits.npz")


def imported(out: Path, **change: Any) -> dict[str, Any]:
    return import_onnx(FILE, out, **{"chip_settings": Imc().settings, "data": DIGITS, **change})


def test_digits_lose_at_most_a_point(tmp_path: Path) -> None:
    net, said = tmp_path / "net.npz", tmp_path / "import.json"
    result = imported(net, report=said)
    assert json.loads(said.read_text()) == result
    accuracy = result["accuracy"]
    assert accuracy["graph"] == accuracy["layers"] > 0.98
    assert accuracy["chip"] >= accuracy["graph"] - 0.01
    assert len(result["layers"]) == 5 and max(x["error"] for x in result["layers"]) < 0.05
    text = table(result)
    assert "3 x 3, 8 to 16 channels, stride 2: " in text and "digits.npz, 539 samples" in text
    run = simulate("imc", net=str(net), samples=100, out=tmp_path / "run.json")
    best = imported(tmp_path / "other.npz", samples=100)["accuracy"]["chip"]
    assert run["accuracy"]["score"] == best
    assert load_cnn(net)[0].residuals[0][:2] == (2, 3)


@pytest.mark.slow
def test_the_circuit_runs_it_in_lockstep(
    tmp_path: Path, engines_agree: Callable[..., None], small: Path
) -> None:
    net = tmp_path / "net.npz"
    import_onnx(small, net, chip_settings=Imc().settings, data=str(tmp_path / "small.npz"))
    assert load_cnn(net)[0].relus == (True, False)
    settings = ["rows_per_tick=4", "depth=12", "word_bits=16"]
    data = str(tmp_path / "small.npz")
    engines_agree("imc", 3, net=str(net), data=data, assignments=settings)


@pytest.mark.slow
def test_the_circuit_runs_the_digits_in_lockstep(
    tmp_path: Path, engines_agree: Callable[..., None]
) -> None:
    imported(tmp_path / "net.npz", samples=1)
    engines_agree("imc", 3, net=str(tmp_path / "net.npz"))


def write_small(folder: Path, rng: np.random.Generator, colours: int) -> Path:
    """Write a small graph: 4 x 4 pixels, a padded kernel, one without a ReLU."""
    shapes = {"a": (2, colours, 3, 3), "b": (3, 2, 3, 3), "c": (3, 4)}
    nodes = [
        helper.make_node("Conv", ["x", "a"], ["p"], "first", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["p"], ["q"], "relu"),
        helper.make_node("Conv", ["q", "b"], ["r"], "second"),
        helper.make_node("GlobalAveragePool", ["r"], ["s"], "mean"),
        helper.make_node("Flatten", ["s"], ["t"], "flat"),
        helper.make_node("MatMul", ["t", "c"], ["y"], "last"),
    ]
    arrays = {name: rng.normal(0, 0.5, shape) for name, shape in shapes.items()}
    save_graph(folder / "small.onnx", nodes, arrays, [1, colours, 4, 4])
    return folder / "small.onnx"


def save_graph(path: Path, nodes: list, arrays: dict[str, np.ndarray], shape: list[int]) -> None:
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", "classes"])],
        [numpy_helper.from_array(a.astype(np.float32), name) for name, a in arrays.items()],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]), path)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Write a small graph and images for it."""
    rng = np.random.default_rng(1)
    path = write_small(tmp_path, rng, 1)
    grey = rng.integers(0, 256, (12, 4, 4)).astype(np.uint8)
    np.savez(tmp_path / "small.npz", x=grey, y=rng.integers(0, 4, 12))
    return path


def test_images_in_colours_are_scaled_as_the_network_takes_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    path = write_small(tmp_path, rng, 3)
    x = rng.integers(0, 256, (40, 4, 4, 3)).astype(np.uint8)
    mean, deviation = (0.5, 0.4, 0.3), (0.25, 0.2, 0.3)
    y = run_graph(read_graph(path), (x[:1] / 255 - mean) / deviation).argmax(axis=1)
    np.savez(tmp_path / "colours.npz", x=x, y=np.resize(y, 40))
    words = ["mean=0.5,0.4,0.3", "deviation=0.25,0.2,0.3"]
    given = {"chip_settings": {}, "data": str(tmp_path / "colours.npz"), "assignments": words}
    first = import_onnx(path, tmp_path / "net.npz", samples=1, **given)
    assert first["accuracy"] == {"graph": 1, "layers": 1, "chip": 1}
    found = import_onnx(path, tmp_path / "net.npz", **given)["accuracy"]
    run = simulate(
        "imc", net=str(tmp_path / "net.npz"), data=given["data"], out=tmp_path / "run.json"
    )
    assert run["accuracy"]["score"] == found["chip"]


@pytest.mark.parametrize(
    ("mean", "deviation", "message"),
    [
        ((0.5, 0.5), (1.0,), "mean must be a number in 0..1, or one for each of the 3 colours"),
        ((0.5,), (2.0,), "deviation must be a number in 0..1"),
        ((0.5,), (0.0,), "deviation must be above 0"),
    ],
)
def test_scales_of_images_are_checked(mean: tuple, deviation: tuple, message: str) -> None:
    with pytest.raises(InputError, match=message):
        image_scale(mean, deviation, 3)


def test_the_chip_follows_from_the_file() -> None:
    assert importer(None, "net.onnx").name == "imc"
    assert importer(None, "net.nir").name == importer(None, "net").name == "mubrain"
    assert importer("truenorth", "net.nir").name == "truenorth"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "mean=0.1,0.2"], "mean must be a number in 0..1"),
        (["--set", "images=0"], "images must be 1 or more, and percentile above 0"),
        (["--set", "depth=10"], "digits_cnn.onnx: node 'node_Conv_68': 8 x 3 pixels"),
        (["--set", "speed=1"], "unknown setting of imc 'speed'"),
        (["--gain", "fit"], "--gain is for networks that spike, not for imc."),
        (["--chip", "mubrain"], "expected a NIR file"),
        (
            ["--data", "large.npz"],
            "large.npz: expected images of 8 x 8 x 1 for this network, not 9 x 9 x 1",
        ),
        (["--samples", "540"], "must be in 1..539"),
    ],
)
def test_bad_input_is_one_sentence(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    np.savez("large.npz", x=np.full((3, 9, 9), 255, np.uint8), y=np.arange(3))
    data = [] if "--data" in words else ["--data", DIGITS]
    assert main(["import", str(FILE), "--out", "net.npz", *data, *words]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not Path("net.npz").exists()


def test_layers_too_large_for_a_core_are_named_or_split(tmp_path: Path) -> None:
    depth = ["depth=23"]  # the first layer has 8 x 3 pixels of a word
    with pytest.raises(InputError, match=r"node 'node_Conv_68': 8 x 3 .*; --set crossbar=256 spl"):
        imported(tmp_path / "net.npz", assignments=depth)
    words = [*depth, "crossbar=256"]
    with pytest.raises(InputError, match=r"node 'node_Conv_68': 8 x 3 pixels of 1 words must fit"):
        imported(tmp_path / "net.npz", assignments=words)
    result = imported(tmp_path / "net.npz", samples=1, assignments=["crossbar=64"])
    assert result["cores"] == 1 + 2 + 3 + 3 + 1  # 64 rows hold the kernels of 7 channels


def test_a_residual_that_waits_too_long_is_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    nodes, weights, x = [], {}, "x"
    for k in range(6):
        weights[f"w{k}"] = rng.normal(0, 0.5, (1, 1, 3, 3)).astype(np.float32)
        nodes.append(helper.make_node("Conv", [x, f"w{k}"], [f"c{k}"], f"c{k}", pads=[1, 1, 1, 1]))
        x = f"c{k}"
    weights["last"] = rng.normal(0, 1, (1, 10)).astype(np.float32)
    nodes += [
        helper.make_node("Add", [x, "x"], ["a"], "far"),
        helper.make_node("GlobalAveragePool", ["a"], ["m"], "mean"),
        helper.make_node("Flatten", ["m"], ["f"], "flat"),
        helper.make_node("MatMul", ["f", "last"], ["y"], "last"),
    ]
    save_graph(tmp_path / "far.onnx", nodes, weights, [1, 1, 8, 8])
    with pytest.raises(InputError, match=r"far\.onnx: the array stands still"):
        import_onnx(tmp_path / "far.onnx", tmp_path / "n.npz", chip_settings={}, data=DIGITS)


def test_a_float_network_needs_data(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"node 'node_Conv_68': the file does not say .* --data"):
        imported(tmp_path / "net.npz", data=None)


def test_without_the_package_one_sentence_says_so(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['onnx'] = None; from goldspike.cli import main; "
        f"sys.exit(main(['import', {str(FILE)!r}, '--out', {str(tmp_path / 'n.npz')!r}]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 2
    assert "the package onnx, which is not installed; it comes with the extra 'onnx'." in run.stderr

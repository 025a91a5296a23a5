"""A network from PyTorch, read, rounded and run: nets/digits_cnn.onnx."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.chips import importer
from goldspike.cli import main
from goldspike.imc.chip import Imc
from goldspike.imc.onnx import import_onnx, offset, table
from goldspike.model.errors import InputError
from goldspike.model.paths import ROOT
from goldspike.simulation import simulate
from goldspike.workloads.imc.network import load_cnn
from goldspike.workloads.imc.onnx_file import read_graph
from goldspike.workloads.imc.onnx_graph import layers_of
from goldspike.workloads.imc.onnx_quantise import float_scores

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


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Write a small graph and images for it: 4 x 4 pixels, a padded kernel, one without a ReLU."""
    from onnx import TensorProto, helper, numpy_helper, save

    rng = np.random.default_rng(1)
    shapes = {"a": (2, 1, 3, 3), "b": (3, 2, 3, 3), "c": (3, 4)}
    nodes = [
        helper.make_node("Conv", ["x", "a"], ["p"], "first", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["p"], ["q"], "relu"),
        helper.make_node("Conv", ["q", "b"], ["r"], "second"),
        helper.make_node("GlobalAveragePool", ["r"], ["s"], "mean"),
        helper.make_node("Flatten", ["s"], ["t"], "flat"),
        helper.make_node("MatMul", ["t", "c"], ["y"], "last"),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])],
        [
            numpy_helper.from_array(rng.normal(0, 0.5, shape).astype(np.float32), name)
            for name, shape in shapes.items()
        ],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]), tmp_path / "s.onnx")
    grey = rng.integers(0, 256, (12, 4, 4)).astype(np.uint8)
    np.savez(tmp_path / "small.npz", x=grey, y=rng.integers(0, 4, 12))
    return tmp_path / "s.onnx"


def test_black_and_white_are_the_networks(small: Path, tmp_path: Path) -> None:
    net = layers_of(read_graph(small))
    net.layers[0].padding = 0
    x = np.random.default_rng(2).random((5, 6, 6, 1))
    want = float_scores(net, [2.5 * x - 0.5])
    assert np.allclose(float_scores(offset(net, -0.5), [2.5 * x]), want)
    with pytest.raises(
        InputError, match=r"s\.onnx: node 'first': it pads with 0, the chip with bl"
    ):
        import_onnx(small, tmp_path / "n.npz", chip_settings={}, assignments=["black=-0.5"])


def test_the_chip_follows_from_the_file() -> None:
    assert importer(None, "net.onnx").name == "imc"
    assert importer(None, "net.nir").name == importer(None, "net").name == "mubrain"
    assert importer("truenorth", "net.nir").name == "truenorth"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "white=0"], "white must be above black, not 0 and 0."),
        (["--set", "images=0"], "images must be 1 or more, and percentile above 0"),
        (["--set", "depth=10"], "digits_cnn.onnx: 8 x 3 pixels"),
        (["--set", "speed=1"], "unknown setting of imc 'speed'"),
        (["--gain", "fit"], "--gain is for networks that spike, not for imc."),
        (["--chip", "mubrain"], "expected a NIR file"),
        (
            ["--data", "large.npz"],
            "large.npz: expected images of 8 x 8 pixels, as the network takes",
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

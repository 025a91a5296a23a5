"""Import and export: a foreign network on the chip, our own there and back."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.cli import main
from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz
from goldspike.model.paths import ROOT
from goldspike.mubrain.nir import import_nir
from goldspike.simulation import simulate
from goldspike.workloads.dataset import DIGITS
from goldspike.workloads.network import Network, load_network, save_network

nir = pytest.importorskip("nir")

NETS = ROOT / "nets"
SNNTORCH = NETS / "digits_snntorch.nir"

Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Return a writer of a 256-64-10 graph."""

    def write(scale: float = 1.0, tau: float = np.inf, inputs: int = 256) -> Path:
        rng = np.random.default_rng(6)
        parts: list[Any] = []
        for a, b in ((inputs, 64), (64, 10)):
            parts.append(nir.Linear(scale * rng.integers(-7, 8, (b, a)).astype(np.float32) / 64))
            ones, zeros = np.ones(b), np.zeros(b)
            parts.append(
                nir.IF(ones, ones, zeros) if np.isinf(tau)
                else nir.LIF(np.full(b, tau), np.full(b, tau / 1e-4), zeros, ones, zeros)
            )  # fmt: skip
        nir.write(tmp_path / "graph.nir", nir.NIRGraph.from_list(*parts))
        return tmp_path / "graph.nir"

    return write


def test_a_network_of_snntorch_keeps_its_accuracy_on_the_chip(tmp_path: Path) -> None:
    out = tmp_path / "net.npz"
    report = import_nir(SNNTORCH, out, data=str(DIGITS))
    found = report["accuracy"]
    assert report["samples"] == 539 and report["merged"] == 0
    for stage in ("nir_zero", "nir_subtract", "rounded", "chip"):
        for read_out in ("shortest_isi", "count"):
            assert found[stage][read_out] >= 0.97
    assert [layer["clipped"] for layer in report["layers"]] == [0, 0]
    assert 0 < report["layers"][0]["lost"] < 4000
    chip = simulate("mubrain", net=str(out), out=tmp_path / "run.json")
    assert chip["accuracy"]["shortest_isi"] == found["chip"]["shortest_isi"]
    assert chip["accuracy"]["count"] == found["chip"]["count"]


def test_a_network_of_ours_goes_there_and_back_unchanged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph, back = tmp_path / "digits.nir", tmp_path / "back.npz"
    assert main(["export", str(NETS / "digits.npz"), "--out", str(graph)]) == 0
    assert "256-64-10" in capsys.readouterr().out
    assert main(["import", str(graph), "--out", str(back)]) == 0
    one, two = load_npz(NETS / "digits.npz"), load_npz(back)
    for key in ("w1", "w2", "rate_min", "rate_max", "window"):
        np.testing.assert_array_equal(one[key], two[key])
    assert "0 clipped" in capsys.readouterr().out


def test_smaller_networks_of_ours_go_there_and_back_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    shapes = ((49, 30), (30, 3))
    net = Network(tuple(rng.integers(-7, 8, shape).astype(np.int8) for shape in shapes))
    save_network(tmp_path / "small.npz", net)
    small = str(tmp_path / "small.npz")
    assert main(["export", small, "--out", str(tmp_path / "small.nir")]) == 0
    import_nir(tmp_path / "small.nir", tmp_path / "back.npz")
    for a, b in zip(net.weights, load_network(tmp_path / "back.npz").weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_gains_bring_large_weights_into_range(save: Save, tmp_path: Path) -> None:
    graph = save(scale=20.0)
    plain = import_nir(graph, tmp_path / "a.npz")
    fitted = import_nir(graph, tmp_path / "b.npz", gains="fit")
    given = import_nir(graph, tmp_path / "c.npz", gains="0.05,0.05")
    assert plain["layers"][0]["clipped"] > 10_000
    assert fitted["layers"][0]["relative_error"] < 0.1 < plain["layers"][0]["relative_error"]
    assert given["layers"][0]["relative_error"] < 1e-6
    assert given["layers"][0]["clipped"] == 0


def test_a_leak_is_refused_or_dropped_and_said(
    save: Save, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph, out = save(tau=1e-3), tmp_path / "net.npz"
    arguments = ["import", str(graph), "--out", str(out)]
    assert main(arguments) == 2
    assert "would lose 99 % of a potential" in capsys.readouterr().err and not out.exists()
    assert main([*arguments, "--drop-leak"]) == 0
    assert "leak dropped: up to 99 %" in capsys.readouterr().out
    assert main(["import", str(save(tau=1.0)), "--out", str(out)]) == 0  # 0.4 % in 4.2 ms
    assert "leak dropped: up to 0.42 %" in capsys.readouterr().out


def test_the_report_is_written_and_the_coding_goes_into_the_network(
    save: Save, tmp_path: Path
) -> None:
    report, out = tmp_path / "report.json", tmp_path / "net.npz"
    arguments = ["import", str(save()), "--out", str(out), "--json", str(report)]
    arguments += ["--data", str(DIGITS), "--samples", "3", "--set", "rate_max=9000"]
    assert main(arguments) == 0
    said = json.loads(report.read_text())
    assert said["samples"] == 3 and said["nir"] == "graph.nir" and len(said["layers"]) == 2
    assert load_network(out).meta["rate_max"] == 9000.0


BAD = {
    "no file": (["nowhere.nir"], "no such file"),
    "no graph": (
        [str(NETS / "digits.npz")],
        "digits.npz: expected a NIR file, but it is a zip archive",
    ),
    "gain": (["GRAPH", "--gain", "1"], "2 numbers above 0"),
    "gain zero": (["GRAPH", "--gain", "0,1"], "2 numbers above 0"),
    "gain word": (["GRAPH", "--gain", "high"], "2 numbers above 0"),
    "dt": (["GRAPH", "--dt", "soon"], "--dt must be a number"),
    "dt zero": (["GRAPH", "--dt", "0"], "dt must be above 0"),
    "samples": (["GRAPH", "--samples", "3"], "--samples needs --data"),
    "too many": (["GRAPH", "--data", str(DIGITS), "--samples", "1000"], "1..539"),
    "data": (["GRAPH", "--data", "nowhere.npz"], "nowhere.npz"),
    "set": (["GRAPH", "--set", "speed=1"], "speed"),
    "out": (["GRAPH", "--out", "/proc/nowhere/net.npz"], "net.npz"),
    "json": (["GRAPH", "--json", "/proc/nowhere/r.json"], "r.json"),
    "large": (["LARGE"], "too large: 1..1024 inputs"),
    "oblong": (["OBLONG", "--data", str(DIGITS)], "inputs make a square"),
    "sizes": (["GRAPH", "--set", "sizes=100,64,10"], "at most 100-64-10"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_sentence(
    name: str, save: Save, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, word = BAD[name]
    made = {"GRAPH": 256, "LARGE": 1025, "OBLONG": 257}
    size = made.get(arguments[0])
    file = str(save(inputs=size)) if size else arguments[0]
    out = tmp_path / "net.npz"
    assert main(["import", "--out", str(out), file, *arguments[1:]]) == 2
    shown = capsys.readouterr()
    assert word in shown.err and shown.err.count("\n") == 1 and shown.out == ""
    assert not out.exists()


def test_export_refuses_what_it_cannot_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.npz"
    save_npz(bad, w1=np.full((256, 64), 9, np.int8), w2=np.ones((64, 10), np.int8))
    for arguments, word in (
        ([str(bad), "--out", str(tmp_path / "x.nir")], "bad.npz"),
        (["nowhere.npz", "--out", str(tmp_path / "x.nir")], "nowhere.npz"),
        (["--out", "/proc/nowhere/x.nir"], "x.nir"),
    ):
        assert main(["export", *arguments]) == 2
        shown = capsys.readouterr()
        assert word in shown.err and shown.err.count("\n") == 1


def test_without_the_package_both_commands_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nir", None)
    for arguments in (["import", str(SNNTORCH), "--out", "x.npz"], ["export", "--out", "x.nir"]):
        assert main(arguments) == 2
        assert "extra 'nir'" in capsys.readouterr().err


def leaky(save_to: Path, sizes: tuple[int, ...], tau: float, r: float, bias: float = 0.0) -> Path:
    """Write LIF layers with weights of rms 0.06, 0.2, ... and biases."""
    rng = np.random.default_rng(0)
    parts: list[Any] = []
    for k, (a, b) in enumerate(pairwise(sizes)):
        w = rng.normal(0, 0.06 if k == 0 else 0.2, (b, a))
        parts.append(nir.Affine(w, np.full(b, bias)) if bias else nir.Linear(w))
        parts.append(nir.LIF(np.full(b, tau), np.full(b, r), np.zeros(b), np.ones(b), np.zeros(b)))
    nir.write(save_to / "lif.nir", nir.NIRGraph.from_list(*parts))
    return save_to / "lif.nir"


def test_weights_of_which_only_signs_are_left_are_noted_and_huge_ones_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    w = np.random.default_rng(0).normal(0, 0.06, (10, 16))
    neurons = nir.IF(r=np.ones(10), v_threshold=np.ones(10), v_reset=np.zeros(10))
    graph, out = tmp_path / "g.nir", tmp_path / "net.npz"
    shown = []
    for factor, code in ((1e300, 2), (1e20, 0)):
        nodes = {"input": nir.Input(np.array([16])), "a": nir.Linear(w * factor), "b": neurons,
                 "output": nir.Output(np.array([10]))}  # fmt: skip
        nir.write(graph, nir.NIRGraph(nodes, list(pairwise(nodes))))
        assert not out.exists() and main(["import", str(graph), "--out", str(out)]) == code
        shown.append(capsys.readouterr())
    assert shown[0].err.count("\n") == 1
    assert "expected numbers of at most 1e+30 in weight of 'a'" in shown[0].err
    assert "every weight is clipped, so only signs are left" in shown[1].out
    assert main(["import", str(graph), "--out", str(out), "--gain", "fit"]) == 0
    assert "every weight is clipped" not in capsys.readouterr().out
    nodes["a"] = nir.Linear(0 * w)
    nir.write(graph, nir.NIRGraph(nodes, list(pairwise(nodes))))
    assert main(["import", str(graph), "--out", str(out)]) == 0
    assert "a, b: every weight is zero in the file" in capsys.readouterr().out


@pytest.mark.parametrize("tau", [1000.0, 10.0])
def test_a_network_without_a_weight_left_is_refused_with_the_ways_out(
    tau: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph, out = str(leaky(tmp_path, (256, 64, 10), tau, 1.0)), tmp_path / "net.npz"
    for options in ([], ["--dt", "1e-3"]):
        assert main(["import", graph, "--out", str(out), *options]) == 2
        said = capsys.readouterr().err
        assert "survives rounding" in said and not out.exists() and said.count("\n") == 1
        for way in ("--gain fit", "--dt S", "--time-step S"):
            assert way in said
    assert main(["import", graph, "--out", str(out), "--gain", "fit"]) == 0
    assert np.abs(load_network(out).weights[0]).max() == 7
    assert f"tau is read as {tau:g} seconds" in capsys.readouterr().out


def test_times_in_steps_make_spikes_lift_and_leaks_show(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph, out = str(leaky(tmp_path, (256, 64, 10), 1000.0, 1000.0)), tmp_path / "net.npz"
    report = import_nir(graph, out, time_step=1e-3)
    first = load_network(out).weights[0].astype(float)
    assert 3.5 < np.sqrt(np.mean(first**2)) < 4  # 64 * 0.06, a little of it clipped
    assert report["layers"][0]["leak"] == pytest.approx(-np.expm1(-4.2e-3), rel=1e-6)
    steep = str(leaky(tmp_path, (256, 64, 10), 10.0, 10.0))
    assert main(["import", steep, "--out", str(out), "--time-step", "1e-4"]) == 2
    said = capsys.readouterr().err  # 42 steps of a tenth: 1 - exp(-4.2)
    assert "'affine" not in said and said.count("would lose 99 % of a potential") == 2
    assert main(["import", steep, "--out", str(out), "--time-step", "soon"]) == 2
    assert "--time-step must be a number of seconds" in capsys.readouterr().err


def test_sizes_come_first_and_everything_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "net.npz"
    graph = leaky(tmp_path, (2000, 128, 10), 1e-3, 10.0, bias=0.1)
    assert main(["import", str(graph), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    words = ["2 things do not fit", "2000-128-10 is too large", "would lose 99 %"]
    assert [said.index(w) for w in words] == sorted(said.index(w) for w in words)
    deep = leaky(tmp_path, (9, 8, 7, 6, 5, 4, 3, 2), 1e-3, 10.0)
    assert main(["import", str(deep), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    words = ["2 things do not fit: (1) a network of 9-8-7-6-5-4-3-2 is too deep: 1 to 6", "99 %"]
    assert [said.index(w) for w in words] == sorted(said.index(w) for w in words)
    graph = leaky(tmp_path, (784, 128, 10), 1e-3, 10.0, bias=0.1)
    for sizes in ("784,100,10", "784,128,20,10"):
        assert main(["import", str(graph), "--out", str(out), "--set", f"sizes={sizes}"]) == 2
        by = sizes.replace(",", "-")
        assert f"at most {by} neurons, not 784-128-10; (2)" in capsys.readouterr().err
    assert main(["import", str(graph), "--out", str(out), "--drop-leak"]) == 0
    found = load_network(out)
    assert [w.shape for w in found.weights] == [(785, 128), (129, 10)]
    # b R / tau = 1000 thresholds a second: 7 LSB in 7 / 64 ms
    assert found.meta["bias_period"] == 10_937
    assert (found.weights[0][-1] == 7).all() and (found.weights[1][-1] == 7).all()
    assert "every 109.37 us" in capsys.readouterr().out


def test_networks_with_biases_go_there_and_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    shapes = ((50, 30), (31, 3))
    weights = tuple(rng.integers(-7, 8, shape).astype(np.int8) for shape in shapes)
    net = Network(weights, {"bias": np.array([1, 1]), "bias_period": 7_000})
    save_network(tmp_path / "ours.npz", net)
    graph = tmp_path / "ours.nir"
    assert main(["export", str(tmp_path / "ours.npz"), "--out", str(graph)]) == 0
    assert nir.read(graph).nodes["w1"].bias.shape == (30,)
    import_nir(graph, tmp_path / "back.npz")
    back = load_network(tmp_path / "back.npz")
    for a, b in zip(weights, back.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert back.meta["bias_period"] == 7_000 and back.meta["bias"].tolist() == [1, 1]
    with pytest.raises(InputError, match="bias_period below the window of 420000 ticks"):
        import_nir(graph, tmp_path / "late.npz", assignments=["bias_period=420000"])
    assert not (tmp_path / "late.npz").exists()


def test_recurrent_networks_are_not_exported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = np.zeros((16, 8), np.int8), np.ones((8, 2), np.int8)
    save_network(tmp_path / "loop.npz", Network(weights, {"lateral": np.array([5, 0])}))
    arguments = ["export", str(tmp_path / "loop.npz"), "--out", str(tmp_path / "x.nir")]
    assert main(arguments) == 2
    assert "expected a network without recurrence" in capsys.readouterr().err


def test_what_a_graph_cannot_hold_is_one_sentence(tmp_path: Path, capsys: Any) -> None:
    held = load_npz(NETS / "digits.npz")
    save_npz(tmp_path / "net.npz", **{**held, "window": np.array(["a", "bcd"])})
    out = tmp_path / "net.nir"
    assert main(["export", str(tmp_path / "net.npz"), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "expected" in said and not out.exists()

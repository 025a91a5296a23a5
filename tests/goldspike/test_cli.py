"""Bad input: one sentence naming the thing and the expectation, exit code 2, nothing lost."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from goldspike.cli import main
from goldspike.model.files import save_npz
from goldspike.workloads.dataset import digits

GOOD = {"w1": np.ones((256, 64), np.int8), "w2": np.ones((64, 10), np.int8)}


def write_net(path: Path, **changes: object) -> Path:
    save_npz(path, **(GOOD | changes))
    return path


def nets(folder: Path) -> dict[str, tuple[Path, str]]:
    """Return bad networks: file, and what the sentence must mention besides the file."""
    good = write_net(folder / "good.npz").read_bytes()
    bad = {
        "missing": (folder / "nowhere.npz", "no such file"),
        "empty": (folder / "empty.npz", "empty"),
        "truncated": (folder / "truncated.npz", "cut short"),
        "text": (folder / "text.npz", "not a zip"),
    }
    bad["empty"][0].write_bytes(b"")
    bad["truncated"][0].write_bytes(good[: len(good) // 2])
    bad["text"][0].write_text("w1 = [[1]]")
    noise = np.ones((256, 64))
    noise[3, 5] = np.nan
    shapes = {
        "no w1": ({"w1": np.ones((256, 64, 1), np.int8)}, "w1"),
        "shapes do not chain": ({"w2": np.ones((63, 10), np.int8)}, "w2"),
        "out of range": ({"w1": np.full((256, 64), 8, np.int8)}, "-7..7"),
        "NaN": ({"w1": noise}, "NaN"),
        "too large": ({"w1": np.ones((1025, 64), np.int8)}, "1025"),
        "no square": ({"w1": np.ones((257, 64), np.int8)}, "257"),
        "one layer too many": ({f"w{k}": np.ones((10, 10), np.int8) for k in range(3, 8)}, "7"),
    }
    for name, (changes, word) in shapes.items():
        bad[name] = (write_net(folder / f"{name.replace(' ', '_')}.npz", **changes), word)
    pickled = folder / "pickled.npz"
    np.savez(pickled, w1=np.array([{"a": 1}], dtype=object))
    bad["pickled"] = (pickled, "pickle")
    return bad


def refuse(capsys: pytest.CaptureFixture[str], arguments: list[str], *words: str) -> None:
    """Run the command line and insist on one sentence with all `words` and exit code 2."""
    try:
        code = main(arguments)
    except SystemExit as ended:  # argparse ends by itself
        code = ended.code
    shown = capsys.readouterr()
    assert code == 2
    assert shown.out == ""
    assert shown.err.startswith("goldspike")
    assert shown.err.count("\n") == 1 and "Traceback" not in shown.err
    for word in words:
        assert word in shown.err


BAD_NETS = (
    "missing", "empty", "truncated", "text", "no w1", "shapes do not chain", "out of range",
    "NaN", "too large", "no square", "one layer too many", "pickled",
)  # fmt: skip


@pytest.mark.parametrize("name", BAD_NETS)
def test_bad_network(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, word = nets(tmp_path)[name]
    report = tmp_path / "report.json"
    report.write_text("earlier")
    refuse(capsys, ["sim", "mubrain", "--net", str(path), "--json", str(report)], path.name, word)
    assert report.read_text() == "earlier"


def idx(kind: int, shape: tuple[int, ...], payload: bytes) -> bytes:
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, kind, *shape) + payload


@pytest.mark.parametrize(
    ("images", "labels", "word"),
    [
        (None, idx(1, (2,), b"\0\1"), "images"),
        (idx(3, (2, 8, 8), bytes(128)), None, "labels"),
        (idx(3, (2, 8, 8), bytes(100)), idx(1, (2,), b"\0\1"), "images"),
        (b"", idx(1, (2,), b"\0\1"), "images"),
        (idx(1, (2,), b"\0\1"), idx(1, (2,), b"\0\1"), "images"),
        (idx(3, (2, 8, 8), bytes(128)), idx(1, (3,), b"\0\1\2"), "labels"),
        (gzip.compress(idx(3, (2, 8, 8), bytes(128)))[:-9], idx(1, (2,), b"\0\1"), "images"),
        (idx(3, (2, 8, 9), bytes(144)), idx(1, (2,), b"\0\1"), "square"),
    ],
    ids=["no images", "no labels", "short", "empty", "wrong rank", "lengths", "gzip", "oblong"],
)
def test_bad_idx(
    images: bytes | None,
    labels: bytes | None,
    word: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for kind, content in (("images-idx3", images), ("labels-idx1", labels)):
        if content is not None:
            suffix = ".gz" if content[:2] == b"\x1f\x8b" else ""
            (tmp_path / f"t10k-{kind}-ubyte{suffix}").write_bytes(content)
    refuse(capsys, ["sim", "mubrain", "--data", str(tmp_path)], word)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sim", "nobrain"], ("nobrain", "mubrain")),
        (["sim", "mubrain", "--engine", "paper"], ("paper", "model", "rtl")),
        (["sim", "mubrain", "--samples", "-3"], ("-3", "1..")),
        (["sim", "mubrain", "--samples", "0"], ("0", "1..")),
        (["sim", "mubrain", "--samples", "1000000"], ("1000000",)),
        (["sim", "mubrain", "--samples", "many"], ("many", "whole number")),
        (["sim", "mubrain", "--jobs", "0"], ("jobs", "1..256", "0")),
        (["sim", "mubrain", "--jobs", "all"], ("jobs", "all", "whole number")),
        (["sim", "mubrain", "--set", "speed=3"], ("speed", "rate_max")),
        (["sim", "mubrain", "--set", "rate_max"], ("rate_max", "NAME=VALUE")),
        (["sim", "mubrain", "--set", "rate_max=fast"], ("rate_max=fast",)),
        (["sim", "mubrain", "--set", "rate_max=nan"], ("rate_max=nan",)),
        (["sim", "mubrain", "--set", "delay_load=0"], ("delay load", "1..1000000000")),
        (["sim", "mubrain", "--set", "scale=2"], ("scale=2",)),
        (["sim", "mubrain", "--set", "policy=random"], ("random", "round_robin")),
        (["sim", "mubrain", "--json", "/proc/nowhere/report.json"], ("report.json",)),
        (["sim", "mubrain", "--data", "/nowhere/at/all"], ("/nowhere/at/all",)),
        (["verify", "mubrain/brain"], ("mubrain/brain", "mubrain/arbiter")),
        (["verify", "mubrain/arbiter", "--config", "huge"], ("huge", "round_robin-256")),
        (["verify", "mubrain/arbiter", "--steps", "-1"], ("-1",)),
        (["verify", "mubrain/arbiter", "--driver", "paper"], ("paper", "cocotb", "arrays")),
        (["verify", "mubrain/arbiter", "--seed", "-1"], ("-1",)),
        (["verilog", "mubrain/brain"], ("mubrain/brain",)),
        (["fly"], ("fly",)),
        ([], ("COMMAND",)),
    ],
    ids=" ".join,
)
def test_bad_arguments(
    arguments: list[str], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(capsys, arguments, *words)


def test_bad_data_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "set.npz"
    save_npz(path, x=np.zeros((3, 8, 8), np.uint8), y=np.zeros(2, np.int64))
    refuse(capsys, ["sim", "mubrain", "--data", str(path)], "set.npz")


def test_good_input_still_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, net, report = tmp_path / "set.npz", tmp_path / "net.npz", tmp_path / "out.json"
    test = digits("test")
    save_npz(data, x=test.x[:3], y=test.y[:3])
    write_net(net)
    arguments = ["sim", "mubrain", "--net", str(net), "--data", str(data), "--json", str(report)]
    assert main(arguments) == 0
    assert "accuracy" in capsys.readouterr().out
    assert report.exists() and report.with_suffix(".npz").exists()

"""``goldspike train mubrain``: a network from images, and what it says about bad input."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from goldspike.cli import main
from goldspike.workloads.network import load_network

SETTINGS = ("sizes=16,6,3", "shift=0", "epochs=40", "rate_max=1e5")


def write_bars(folder: Path, **further: object) -> list[str]:
    """Write 4x4 images with one bright row, the class; return the command that learns them."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 300)
    x = rng.integers(0, 90, (300, 4, 4))
    x[np.arange(300), y] += 120
    np.savez(folder / "bars.npz", x=x, y=y, **further)  # type: ignore[arg-type]
    words = ["train", "mubrain", "--data", str(folder / "bars.npz")]
    words += ["--out", str(folder / "net.npz")]
    return words + [word for setting in SETTINGS for word in ("--set", setting)]


def test_the_command_writes_a_network_and_leaves_no_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*write_bars(tmp_path), "--set", "validation=0.2"]) == 0
    net = load_network(tmp_path / "net.npz")
    assert net.sizes == (16, 6, 3)
    assert net.meta["data"] == "bars.npz"
    shown = capsys.readouterr().out
    assert "300 images, 60 of them held back" in shown
    right = re.findall(r"([0-9.]+) % of the images held back", shown)
    assert len(right) == 3 and min(map(float, right)) > 90
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bars.npz", "net.npz"]


def test_images_of_the_test_part_play_no_role(tmp_path: Path) -> None:
    written = []
    for fill in (0, 255):
        command = write_bars(tmp_path, split=(np.arange(300) % 3 == 0).astype(int))
        arrays = dict(np.load(tmp_path / "bars.npz"))
        arrays["x"][arrays["split"] == 1] = fill
        np.savez(tmp_path / "bars.npz", **arrays)
        assert main([*command, "--set", "epochs=2"]) == 0
        written.append((tmp_path / "net.npz").read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--set", "epochs=0"], "epochs must be at least 1, not 0"),
        (["--set", "sizes=15,3"], "Expected a square number of inputs for images, not 15."),
        (["--set", "sizes=16,2"], "bars.npz: y must hold at least one label, and only 0..1."),
        (["--set", "speed=2"], "unknown setting of the trainer 'speed'"),
        (["--seed", "x"], "The seed must be a whole number, not 'x'."),
        (["--seed", "-1"], "seed must be at least 0, not -1"),
        (["--data", "none.npz"], "none.npz: expected an .npz file, but there is no such file."),
        (["--out", "/proc/nowhere/net.npz"], "/proc/nowhere/net.npz: expected a "),
        (["--resume"], "net.npz.checkpoint: expected an .npz file, but there is no such file."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_sentence(
    change: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = write_bars(tmp_path)
    (tmp_path / "net.npz").write_text("earlier")
    assert main([*command, *change]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1 and message in shown.err
    assert (tmp_path / "net.npz").read_text() == "earlier"


def test_a_chip_without_a_trainer_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "imc", "--out", "x.npz"]) == 2
    assert "imc has no trainer; choose from " in capsys.readouterr().err


def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    command = [*write_bars(tmp_path), "--set", "epochs=2000"]
    out, checkpoint = tmp_path / "net.npz", tmp_path / "net.npz.checkpoint"
    goldspike = [sys.executable, "-m", "goldspike.cli", *command]
    with subprocess.Popen(goldspike) as run:
        deadline = time.monotonic() + 60
        while not checkpoint.exists():
            assert run.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        run.send_signal(signal.SIGKILL)
    assert not out.exists()
    done = int(np.load(checkpoint)["epoch"])
    assert 0 < done < 2000
    assert main([*command, "--resume"]) == 0
    resumed = out.read_bytes()
    assert os.listdir(tmp_path).count("net.npz.checkpoint") == 0
    assert main(command) == 0
    assert out.read_bytes() == resumed


def test_a_network_of_other_sizes_and_threshold_runs_as_it_was_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    further = ["--set", "threshold=128", "--set", "weight_bits=5", "--set", "validation=0.2"]
    assert main([*write_bars(tmp_path), *further]) == 0
    assert "chip, count" in capsys.readouterr().out
    net = load_network(tmp_path / "net.npz")
    assert net.sizes == (16, 6, 3)
    assert (net.meta["threshold"], net.meta["weight_bits"]) == (128, 5)
    out = tmp_path / "run.json"
    command = ["sim", "mubrain", "--net", str(tmp_path / "net.npz"), "--json", str(out)]
    assert main([*command, "--data", str(tmp_path / "bars.npz")]) == 0
    assert json.loads(out.read_text())["accuracy"]["count"] > 0.9

"""``goldspike waves --open``: the viewer gets waves and view, and what it lacks is one sentence."""

from pathlib import Path

import pytest

from goldspike.cli import main
from goldspike.commands.waves import show
from goldspike.model.errors import InputError

WAVES = [Path(f"waves/a.{suffix}") for suffix in ("vcd", "png", "gtkw", "sucl")]


def viewer(folder: Path, name: str, code: int = 0) -> Path:
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "$@" > {folder}/said\nexit {code}\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("name", "words"),
    [("gtkwave", "waves/a.vcd waves/a.gtkw"), ("surfer", "waves/a.vcd -c waves/a.sucl")],
)
def test_a_viewer_is_given_the_waves_and_its_view(name: str, words: str, tmp_path: Path) -> None:
    show(str(viewer(tmp_path, name)), WAVES)
    assert (tmp_path / "said").read_text().strip() == words


def test_a_viewer_that_fails_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gtkwave could not show waves/a\.vcd \(exit code 3\)"):
        show(str(viewer(tmp_path, "gtkwave", 3)), WAVES)


def test_nothing_runs_without_a_display_or_a_viewer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    command = ["waves", "mubrain/neuron", "--open", "-o", str(tmp_path / "out")]
    for display, said in (("", "--open needs a display"), (":9", "--open needs GTKWave or Surfer")):
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert main(command) == 2
        found = capsys.readouterr().err
        assert said in found and found.count("\n") == 1 and not (tmp_path / "out").exists()

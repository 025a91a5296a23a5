"""Training on questions from a folder: a network, no checkpoint left, one sentence if not."""

from pathlib import Path

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.truenorth.train_trec import TRAINER
from goldspike.workloads.truenorth.trec import load_network

SETTINGS = ("epochs=2", "exact_epochs=1", "rare=1")


def trained(folder: Path, *assignments: str) -> list[tuple[str, str]]:
    words, data = [*SETTINGS, *assignments], str(folder / "data")
    return TRAINER.run(out=folder / "net.npz", data=data, seed=3, assignments=words, resume=False)


def test_it_writes_a_network_without_words_and_says_how_it_was_made(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    lines = [f"LOC:city Where is place{c} ?\nHUM:ind Who is person{c} ?" for c in "abcdefgh"]
    (tmp_path / "data/train.label").write_text("\n".join(lines))
    (tmp_path / "data/test.label").write_text("NUM:date When unseen ?\n")
    rows = dict(trained(tmp_path, "validation=0.25"))
    assert rows["data"].endswith("16 questions, 4 of them held back")
    assert "% of the questions held back" in rows["on the core"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "net.npz"]
    net = load_network(tmp_path / "net.npz")
    assert net.meta["made_by"] == (
        "goldspike train truenorth --workload trec --seed 3 --set epochs=2 "
        "--set validation=0.25 --set exact_epochs=1 --set rare=1"
    )
    held = b"".join(array.tobytes() for array in np.load(tmp_path / "net.npz").values())
    for word in ("where", "person", "unseen"):
        assert word.encode() not in held
        assert word.encode("utf-32-le") not in held


def test_what_cannot_be_had_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs --data"):
        TRAINER.run(out=tmp_path / "net.npz", data=None, seed=0, assignments=(), resume=False)
    (tmp_path / "data").mkdir()
    with pytest.raises(InputError, match=r"expected a \.label file of the train part"):
        trained(tmp_path)
    (tmp_path / "data/train.label").write_text("LOC Where ?\n")
    with pytest.raises(InputError, match=r"all 1 are held back"):
        trained(tmp_path, "validation=0.9")
    with pytest.raises(InputError, match="unknown setting of the trainer 'speed'"):
        trained(tmp_path, "speed=1")

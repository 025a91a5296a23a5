"""What benchmarks keep: ratios, and a word when one of them got worse."""

import json
import runpy

import pytest

from goldspike.model.paths import ROOT

HISTORY = runpy.run_path(str(ROOT / "benchmarks" / "history.py"))


def test_ratios_are_larger_when_better(tmp_path):
    runs = {"golden": {"ratio": 1}, "dense": {"ratio": 0.125}}
    (tmp_path / "network.json").write_text(json.dumps({"runs": runs}))
    stepping = {"stepping": {"ratio": 1}, "lockstep": {"ratio": 0.97}}
    (tmp_path / "lockstep.json").write_text(json.dumps({"runs": stepping}))
    (tmp_path / "chips.json").write_text(json.dumps({"times": 20.0}))
    (tmp_path / "imc_array.json").write_text(json.dumps({"ratio": 4.0}))
    assert HISTORY["ratios"](tmp_path) == {
        "IMC array over NumPy": 0.25,
        "always-on chip of µBrain's speed": 0.05,
        "golden model over dense": 8,
        "lockstep, of stepping": 0.97,
    }
    assert HISTORY["ratios"](tmp_path / "nothing ran") == {}


def test_only_a_loss_of_more_than_a_tenth_is_reported():
    before = {"a": 10.0, "b": 10.0, "c": 10.0, "gone": 1.0}
    lost = HISTORY["losses"](before, {"a": 8.0, "b": 9.1, "c": 12.0, "new": 1.0})
    assert lost == {"a": pytest.approx(0.2)}


def test_a_loss_against_the_entry_before_is_printed(tmp_path, monkeypatch, capsys):
    kept = tmp_path / "history.json"
    kept.write_text(json.dumps([{"ratios": {"a": 1.0}}, {"ratios": {"a": 10.0, "b": 2.0}}]))
    main = HISTORY["main"]
    monkeypatch.setitem(main.__globals__, "HISTORY", kept)
    monkeypatch.setitem(main.__globals__, "ratios", lambda _: {"a": 8.5, "b": 1.9})
    main()
    said = [line for line in capsys.readouterr().out.splitlines() if "worse" in line]
    assert said == ["worse by 15 %: a"]
    assert [entry["ratios"] for entry in json.loads(kept.read_text())][-1] == {"a": 8.5, "b": 1.9}

"""Fig. 10B: what the rate of the input makes of the power."""

from pathlib import Path

import numpy as np
import pytest

from goldspike.alwayson import report_energy
from goldspike.alwayson.energy import Times, chip_nw
from goldspike.alwayson.engine import Events
from goldspike.alwayson.report_energy import measure, thinned, write


def test_power_of_the_chip_at_the_published_rates() -> None:
    assert [chip_nw(rate) for rate in (0, 0.5, 1, 3)] == [75, 147.5, 220, 220]


def test_energy_of_a_neuron_by_hand() -> None:
    """10 ms asleep in two sleeps, 3 ms with power of which one with a clock."""
    times = Times(asleep=10, powered=3, clocked=1, sleeps=2)
    assert times.nj == pytest.approx(
        1e-3 * (2 * 0.0965 + 10 * 0.2425 + 2 * 0.2946 + 1.16), rel=1e-3
    )


def test_spikes_are_sent_by_chance_and_stay_in_their_frame() -> None:
    tick, bounds = np.arange(1, 801, 2), np.array([0, 100, 100, 400])
    whole = Events(tick, tick % 7, bounds)
    sent = thinned(lambda *_: whole, 0.5)(np.zeros((3, 1), np.uint8), 0)
    assert 150 < sent.tick.size == sent.bounds[-1] < 250
    assert sent.bounds[1] == sent.bounds[2] == (sent.tick < tick[100]).sum()
    assert (sent.address == sent.tick % 7).all()
    for rate, count in ((0.0, 0), (1.0, 400)):
        assert thinned(lambda *_: whole, rate)(np.zeros((3, 1), np.uint8), 0).tick.size == count


def test_the_report_writes_its_files(
    published: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_energy, "net_path", lambda *_: Path(published))
    rest, busy = measure(0.0, 2), measure(1.0, 2)
    assert rest["nW"] == pytest.approx(650 * 0.2425, rel=1e-4) and rest["sleep_ms"] == np.inf
    assert rest["ungated_nW"] / rest["nW"] == pytest.approx(4.8, rel=0.01)  # published
    assert rest["nW"] < busy["nW"] < 650 * 1.16
    monkeypatch.setattr(report_energy, "measure", lambda rate: busy if rate else rest)
    text = write(tmp_path / "report")
    assert "75 to 220 nW" in text and "157.6" in text
    assert {path.suffix for path in (tmp_path / "report").iterdir()} == {".csv", ".png", ".svg"}

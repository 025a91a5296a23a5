"""Energy of the array: the published figures come out again, and every access is charged once."""

from pathlib import Path

import pytest

from goldspike.imc.energy import CALIBRATED, carried, energy, link_fj, operation_pj, pieces
from goldspike.imc.engine import Result
from goldspike.model.imc.shared.array import ArrayParams, Kind, StageParams
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.simulation import simulate


def test_what_the_costs_were_calibrated_on() -> None:
    access = CALIBRATED["SRAM, pJ per word"] + CALIBRATED["controller, pJ per word"]
    leakage = CALIBRATED["leakage, pJ per core and timestep"]
    assert (16 * access + leakage) / 100 == pytest.approx(10.54)  # mW
    assert 2 * 256**2 / operation_pj(256, 256) == pytest.approx(10.5)  # TOPS/W
    assert 2 * 512**2 / operation_pj(512, 512) == pytest.approx(16.3)
    assert [link_fj(steps) for steps in (0, 1, 14)] == [0, 39.4, 346.5]


def split() -> ArrayParams:
    """Return a layer on 2 x 2 cores behind one on 2 column parts."""
    first = LayerParams(height=4, width=4, channels=2, outputs=6)
    second = LayerParams(height=4, width=4, channels=6, outputs=4)
    return ArrayParams(
        stages=(
            StageParams(layer=first, column_parts=2),
            StageParams(layer=second, source=0, row_parts=2, column_parts=2),
        ),
        classes=3,
    )


def test_each_receiver_takes_its_channels_over_its_distance() -> None:
    params = split()
    places = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 3), (1, 2), (1, 0)]
    found = {(s.kind, s.stage): sorted(pieces(params, s, places)) for s in params.streams}
    assert found[Kind.PIXEL, -1] == [(-1, 1, 16), (-1, 2, 16)]
    # channels 0..2 of core 0 go to row parts 0 (cores 2, 4), 3..5 of core 1 to 1 (cores 3, 5)
    assert found[Kind.PIXEL, 0] == [(0, 2, 24), (0, 4, 24), (1, 2, 24), (1, 2, 24)]
    # 27 rows: 8 + 7 + 5 bits, in 3 bytes; 2 sums of each column
    sums = [
        piece for s in params.streams if s.kind == Kind.SUM for piece in pieces(params, s, places)
    ]
    assert sums == [(2, 1, 48), (4, 1, 48)]
    assert found[Kind.PIXEL, 1] == [(3, 4, 16), (5, 2, 16)]


def test_an_image_by_hand() -> None:
    params, samples = split(), 2
    result = Result(
        answers=[0, 1], ends=[30, 50], reads=[10, 20, 30, 40, 50, 60], writes=[1, 2, 3, 4, 5, 6],
        carried=[32, 32, 32, 32, 32, 32, 2],
    )  # fmt: skip
    assert [count for _, count in carried(params, result, samples)] == [32] * 5
    row = [(0, k) for k in range(7)]
    near, far = (energy(params, result, samples, [((0, n * k),) for _, k in row]) for n in (1, 2))
    access = CALIBRATED["SRAM, pJ per word"]
    assert near["cores"]["core6"]["sram"] == pytest.approx(66 * access / 2000, abs=1e-4)
    assert near["cores"]["core2"]["leakage"] == pytest.approx(20 * 12.76e-3, abs=1e-4)
    crossbars = 32 * (2 * operation_pj(18, 3) + 4 * operation_pj(27, 2)) + 2 * operation_pj(4, 3)
    assert near["parts"]["crossbar"] == pytest.approx(crossbars / 2000, abs=2e-3)
    assert near["nJ_per_sample"] == pytest.approx(sum(near["parts"].values()), abs=5e-3)
    assert sum(near["layers"].values()) == pytest.approx(near["nJ_per_sample"], abs=5e-3)
    assert sum(near["link_bits_by_steps"].values()) == 32 * (32 + 96 + 96 + 32)
    changed = {part for part, nj in near["parts"].items() if nj != far["parts"][part]}
    assert changed == {"links"}
    assert far["parts"]["links"] > near["parts"]["links"]


def test_a_run_says_what_it_took(tmp_path: Path) -> None:
    report = simulate("imc", samples=3, out=tmp_path / "run.json")
    found, counts = report["energy"], report["counts"]
    assert "calibrated" in found["model"]
    words = sum(
        counts[f"core{k}"][name] for k in range(1, 5) for name in ("sram_reads", "sram_writes")
    )
    assert found["parts"]["sram"] == pytest.approx(
        words / 3 * CALIBRATED["SRAM, pJ per word"] * 1e-3, abs=1e-3
    )
    assert found["crossbar_operations"] == {
        f"core{k}": counts[f"core{k}"]["pixels"] for k in range(1, 5)
    }
    origins = {row["figure"]: row["origin"] for row in found["published"]}
    assert set(origins.values()) == {"calibrated", "derived"}

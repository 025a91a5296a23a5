"""Input coding against an oracle that lays every spike by itself."""

import numpy as np
import pytest

from goldspike.workloads.alwayson.encoding import (
    OPERATING_POINTS,
    EncodingParams,
    encode,
    levels,
)


def by_hand(grey: np.ndarray, params: EncodingParams, number: int) -> list[tuple[int, int]]:
    """Return one image's events, spike by spike."""
    phase = np.random.default_rng((params.seed, number)).random(grey.size)
    window, found = params.frame - params.settle, []
    for address, value in enumerate(grey.tolist()):
        level = value // 2 ** (8 - params.bits)
        found += [
            (int((k + phase[address]) * window / level) + 1, address) for k in range(level)
        ]  # fmt: skip
    sent: list[tuple[int, int]] = []
    for tick, address in sorted(found):
        sent.append((max(tick, sent[-1][0] + 2) if sent else tick, address))
    return sent


@pytest.mark.parametrize(
    "params",
    [
        EncodingParams(frame=9000, settle=500),
        EncodingParams(bits=8, frame=3000, settle=0, seed=4),  # crowded: most are delayed
        EncodingParams(bits=1, frame=10, settle=9),
    ],
)
def test_events_are_those_laid_one_by_one(params: EncodingParams) -> None:
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (4, 9)).astype(np.uint8)
    grey[1] = 0  # an image without a spike between others
    tick, address, bounds = encode(grey, params, first=7)
    assert bounds[0] == 0
    assert bounds[-1] == tick.size == address.size
    for k, image in enumerate(grey):
        own = slice(bounds[k], bounds[k + 1])
        expected = by_hand(image, params, 7 + k)
        assert list(zip(tick[own].tolist(), address[own].tolist(), strict=True)) == expected


def test_an_image_has_the_same_spikes_alone_and_among_others() -> None:
    grey = np.arange(60, dtype=np.uint8).reshape(3, 20) * 4
    params = EncodingParams(frame=5000)
    tick, address, bounds = encode(grey, params)
    alone, where, _ = encode(grey[2:], params, first=2)
    assert alone.tolist() == tick[bounds[2] :].tolist()
    assert where.tolist() == address[bounds[2] :].tolist()
    assert encode(grey[2:], params, first=1)[0].tolist() != alone.tolist()
    assert encode(np.zeros((0, 4), np.uint8), params)[2].tolist() == [0]
    assert encode(np.zeros((2, 4), np.uint8), params)[2].tolist() == [0, 0, 0]


def test_levels_and_operating_points() -> None:
    grey = np.array([0, 3, 4, 255], np.uint8)
    assert levels(grey, 6).tolist() == [0, 0, 1, 63]
    assert levels(grey, 8).tolist() == [0, 3, 4, 255]
    points = {name: (p.bits, p.frame) for name, p in OPERATING_POINTS.items()}
    assert points == {"lossless": (6, 280_000), "paper": (8, 70_000)}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"frame": 0}, "frame must be in 1"),
        ({"bits": 9}, "bits must be in 1..8"),
        ({"settle": 280_000}, "settle must be below frame, 280000, not 280000"),
        ({"settle": -1}, "settle"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_parameters_are_refused(wrong: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        EncodingParams(**wrong)

import numpy as np
import pytest

from goldspike.model.alwayson.aer_output import AerOutputModel, AerOutputParams


def run(potentials, starts, ticks, bits=12):
    """Return words after ticks 1, 2, ..., and busy on them."""
    model = AerOutputModel(AerOutputParams(lines=len(potentials), bits=bits))
    busy = []
    words = []
    for t in range(1, ticks + 1):
        busy.append(model.tick(np.array(potentials), start=t in starts))
        words.append(model.word)
    return words, busy


def test_potentials_then_the_winner():
    words, busy = run([-3, 7, 2], {2}, 8)
    assert words == [
        (0, 0, 0, 0, 0), (0, 0, 0, 0, 0), (1, 0, 4093, 0, 0), (1, 1, 7, 0, 0), (1, 2, 2, 0, 0),
        (0, 0, 0, 1, 1), (0, 0, 0, 0, 0), (0, 0, 0, 0, 0),
    ]  # fmt: skip
    assert busy == [False, True, True, True, True, True, True, False]


@pytest.mark.parametrize(
    ("potentials", "winner"), [([-5, -2, -2], 1), ([0], 0), ([4, 4, 4], 0), ([-8, -8, 7], 2)]
)
def test_the_first_of_the_highest_wins(potentials, winner):
    words, _ = run(potentials, {1}, len(potentials) + 2, bits=4)
    assert words[-1] == (0, 0, 0, 1, winner)


def test_a_start_during_a_readout_is_ignored_and_one_with_done_is_not():
    words, _ = run([1, 2], {1, 2, 3, 5}, 9)
    assert [word[0] for word in words] == [0, 1, 1, 0, 0, 1, 1, 0, 0]
    assert [word[3] for word in words] == [0, 0, 0, 1, 0, 0, 0, 1, 0]


def test_params():
    with pytest.raises(ValueError, match=r"^bits must be in 2\.\.16, not 1$"):
        AerOutputParams(bits=1)

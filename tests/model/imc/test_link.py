import numpy as np
import pytest

from goldspike.model.imc.link import LinkModel, LinkParams


def test_no_more_pixels_than_the_budget_begin_in_a_timestep():
    link = LinkModel(LinkParams(words=4, pixels=2))
    ready = np.ones(1, bool)
    for timestep in range(3):
        carried = [link.tick(True, ready, step=tick == 0) for tick in range(20)]
        assert carried == [False] + [True] * 8 + [False] * 11
        assert link.carried == 2 * (timestep + 1)


def test_all_receivers_or_none():
    link = LinkModel(LinkParams(words=1, receivers=2))
    link.tick(False, np.ones(2, bool), step=True)
    assert not link.tick(True, np.array([True, False]), step=False)
    assert link.tick(True, np.array([True, True]), step=False)


def test_no_receivers_are_refused():
    with pytest.raises(ValueError, match=r"^receivers must be in 1\.\.16, not 0$"):
        LinkParams(words=1, receivers=0)

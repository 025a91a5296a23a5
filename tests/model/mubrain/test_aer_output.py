import re

import numpy as np
import pytest

from goldspike.model.mubrain.aer_output import AerOutputModel, AerOutputParams


def send(edges, **params):
    """Return the records of edges (tick, line) as tuples: tick, strobe, address, merged."""
    model = AerOutputModel(AerOutputParams(lines=4, **params))
    records = model.records(model.run(*np.array(edges).T))
    return [
        (int(r["tick"]), int(r["strobe"]), int(r["address"]), int(r["merged"][0])) for r in records
    ]


def test_the_strobe_rises_with_the_grant_and_stays_up():
    assert send([(0, 3)]) == [(8, 1, 3, 0), (12, 0, 3, 0)]
    assert send([(0, 3)], hold=1) == [(8, 1, 3, 0), (9, 0, 3, 0)]


def test_spikes_that_come_together_leave_one_by_one():
    assert send([(0, 2), (0, 1)], hold=9) == [
        (8, 1, 1, 0), (17, 0, 1, 0), (18, 1, 2, 0), (27, 0, 2, 0),
    ]  # fmt: skip


def test_a_spike_merges_while_its_predecessor_waits():
    assert send([(0, 2), (4, 2)]) == [(4, 0, 0, 0b100), (8, 1, 2, 0), (12, 0, 2, 0)]


def test_a_merge_shows_the_strobe_as_it_is():
    assert send([(0, 0), (0, 1), (10, 1)]) == [
        (8, 1, 0, 0), (10, 1, 0, 0b10), (12, 0, 0, 0), (18, 1, 1, 0), (22, 0, 1, 0),
    ]  # fmt: skip


def test_nothing_in_nothing_out():
    model = AerOutputModel(AerOutputParams())
    assert model.records(model.run(np.zeros(0), np.zeros(0))).size == 0


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"lines": 0}, ValueError, "lines must be in 1..512, not 0"),
        ({"lines": 1.0}, TypeError, "lines must be an integer in 1..512, not 1.0"),
        ({"hold": 0}, ValueError, "hold must be in 1..9, not 0"),
        ({"hold": 10}, ValueError, "hold must be in 1..9, not 10"),
        ({"policy": "x"}, ValueError, "policy must be round_robin or linear, not 'x'"),
    ],
)
def test_bad_parameters_are_refused(change, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        AerOutputParams(**change)

"""Coverage counts what the benches exercise, and says what they leave out."""

from pathlib import Path

import numpy as np
import pytest
from amaranth.hdl import Fragment, Module, Signal
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from goldspike.cosim.alwayson.neuron_fsm import BENCH as NEURON_FSM
from goldspike.cosim.bench.checks import Exclusion
from goldspike.cosim.bench.circuits import circuits
from goldspike.cosim.timing.power_gate import BENCH, PowerGateBench
from goldspike.hdl.amaranth_private import variants
from goldspike.model.paths import ROOT
from goldspike.signoff.coverage import goals as judging
from goldspike.signoff.coverage.fsm import fsms, transitions
from goldspike.signoff.coverage.goals import GOALS, exclusions, percent, places, shares_of
from goldspike.signoff.coverage.measure import KINDS, Coverage, measure
from goldspike.signoff.coverage.page import write_page


class NeverGoesOff(PowerGateBench):
    restarts = False  # a reset takes the request away

    def stimulus(self, rng, steps):
        rows = super().stimulus(rng, steps)
        rows["request"] = rows["tick"] > 5
        return rows


@pytest.fixture(scope="module")
def full() -> Coverage:
    return measure(BENCH, ["ordered", "short"], seed=1)


def test_the_benches_exercise_all_of_a_power_gate(full: Coverage) -> None:
    for kind, share in shares_of("timing/power_gate", full).items():
        assert share.total >= 4
        assert share.percent >= GOALS[kind], share.missed


def test_a_stimulus_that_leaves_a_state_out_is_told(full: Coverage) -> None:
    thin = measure(NeverGoesOff, ["ordered"], seed=1)
    shares = shares_of("timing/power_gate", thin)
    assert shares["states"].missed == ["PowerGate.state GOING_OFF"]
    assert set(shares["transitions"].missed) == {
        "PowerGate.state ON -> GOING_OFF",
        "PowerGate.state GOING_OFF -> ON",
        "PowerGate.state GOING_OFF -> OFF",
    }
    source = (ROOT / "hdl/timing/power_gate.py").read_text().splitlines()
    missed = [source[int(line.partition(":")[2]) - 1].strip() for line in shares["lines"].missed]
    assert "with m.Case(State.GOING_OFF):" in missed
    assert "m.d.comb += following.eq(State.WAKING)" not in missed
    assert "PowerGate.goes_off[0]" in shares["bits"].missed
    assert shares["bins"].missed
    assert set(thin.bits) <= set(full.bits)


def test_lines_are_counted_on_every_tick_that_executes_them() -> None:
    job = BENCH("zigzag")
    rows = job.stimulus(np.random.default_rng(1), 600)
    full = measure(BENCH, ["zigzag"], seed=1)
    wakes = (job.expect(rows)["state"] == 1).sum()
    assert wakes <= full.states["PowerGate.state WAKING"]
    source = (ROOT / "hdl/timing/power_gate.py").read_text().splitlines()
    line = 1 + next(k for k, text in enumerate(source) if "m.Case(State.WAKING)" in text)
    assert full.lines[f"hdl/timing/power_gate.py:{line}"] == full.states["PowerGate.state WAKING"]


def named_transitions(component: wiring.Component) -> set[tuple[str, str]]:
    def parts(fragment):
        yield fragment
        for part, _, _ in fragment.subfragments:
            yield from parts(part)

    return {
        (variants(signal)[before], variants(signal)[after])
        for fragment in parts(Fragment.get(component, None))
        for signal, domain in fsms(fragment)
        for before, after in transitions(fragment, signal, domain)
    }


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            "hidden",  # Chundi 2021, Fig. 2B
            """STANDBY POTENTIAL_UPDATE, POTENTIAL_UPDATE CHECK, CHECK STANDBY,
            CHECK POTENTIAL_RESET, POTENTIAL_RESET SPK_REQ, SPK_REQ STANDBY,
            SPK_REQ POTENTIAL_UPDATE_2, POTENTIAL_UPDATE_2 SPK_REQ""",
        ),
        ("input", "STANDBY SPK_REQ, SPK_REQ STANDBY"),
        (
            "output",
            """STANDBY POTENTIAL_UPDATE, POTENTIAL_UPDATE FLIPFLOP_RESET,
            FLIPFLOP_RESET STANDBY""",
        ),
    ],
)
def test_transitions_are_those_of_the_source(config: str, expected: str) -> None:
    wanted = {tuple(arc.split()) for arc in expected.split(",")}
    assert named_transitions(NEURON_FSM(config).make()) == wanted


class Light(enum.Enum, shape=2):
    RED = 0
    GREEN = 1
    BROKEN = 2


class Computed(wiring.Component):
    def __init__(self):
        super().__init__({"go": In(1), "state": Out(2)})

    def elaborate(self, platform):
        m = Module()
        state = Signal(Light)
        m.d.comb += self.state.eq(state)  # type: ignore[attr-defined]
        with m.Switch(state), m.Case(Light.RED):
            m.d.sync += state.eq(state.as_value() + self.go)  # type: ignore[attr-defined]
        return m


def test_a_computed_next_state_is_refused() -> None:
    with pytest.raises(TypeError, match="must be a choice of states"):
        named_transitions(Computed())


EXCLUDED = [(circuit, exclusion) for circuit in circuits() for exclusion in exclusions(circuit)]


@pytest.mark.parametrize(("circuit", "exclusion"), EXCLUDED)
def test_an_exclusion_has_a_kind_and_a_reason(circuit: str, exclusion: Exclusion) -> None:
    assert exclusion.kind in KINDS
    assert exclusion.reason
    if exclusion.kind == "lines":
        assert places(circuit, exclusion.what)


def test_excluded_is_what_is_not_covered_only() -> None:
    line = next(iter(sorted(places("alwayson/neuron_fsm", "with m.Default():"))))
    coverage = Coverage()
    coverage.lines.update({line: 0, "hdl/alwayson/neuron_fsm.py:1": 0})
    share = shares_of("alwayson/neuron_fsm", coverage)["lines"]
    assert (share.covered, share.total) == (0, 1)
    assert list(share.excluded) == [line]
    assert share.missed == ["hdl/alwayson/neuron_fsm.py:1"]
    coverage.lines[line] = 3
    assert shares_of("alwayson/neuron_fsm", coverage)["lines"].total == 2


def test_a_share_is_100_percent_only_if_nothing_is_missing() -> None:
    assert percent(judging.Share(99999, 100000, ["x"], {})) == "99.9 %"
    assert percent(judging.Share(5, 5, [], {})) == "100 %"


def test_the_page_shows_source_lines_with_their_hits(
    full: Coverage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goldspike.signoff.coverage.page.FOLDER", tmp_path)
    text = write_page({"timing/power_gate": full}).read_text()
    assert "with m.Case(State.GOING_OFF):" in text
    assert "PowerGate.state GOING_OFF -&gt; OFF" in text
    assert 'class="missed"' not in text
    assert "<script" not in text and "http" not in text

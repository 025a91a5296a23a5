"""A reset in every state: what is under way is lost, what is loaded stays."""

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Signal

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.scoreboard import compare_pins
from goldspike.cosim.imc.array import ArrayBench
from goldspike.cosim.imc.partial_adder import PartialAdderBench
from goldspike.cosim.imc.shared.array_events import difference, made_by, noted
from goldspike.cosim.imc.sum_packer import SumPackerBench
from goldspike.cosim.lockstep.replay import Replay, moving
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.array import Array
from goldspike.hdl.imc.partial_adder import PartialAdder
from goldspike.imc.circuit import stimulus
from goldspike.imc.engine import MANY, in_order
from goldspike.model.imc.shared.dataflow import ArrayDataflow


def loses_all(bench: type[Bench], config: str, circuit: Any, ticks: int) -> None:
    """Reset a circuit after each of some ticks but pauses: it then runs as from the start."""
    replay = Replay.drawn(bench(config), 1, 200)
    moments = replay.rows["tick"][moving(replay.rows)][:ticks].tolist()
    ticks = moments[-1]
    with BatchSimulator(circuit(replay.job.params, trace=True), replay.job.layout) as simulator:
        simulator.watched = True
        records = replay.until(simulator, ticks)
        assert records["tick"].size > 10
        for moment in moments[:-1]:
            simulator.reset()
            replay.until(simulator, moment)
            simulator.reset()
            again = replay.until(simulator, ticks)
            assert again.tobytes() == records.tobytes(), f"records after a reset on tick {moment}"
            wrong = compare_pins(replay.pins, simulator.pins, ticks)
            assert wrong is None, f"pins after a reset on tick {moment}: {wrong}"
        simulator.reset()
        whole = simulator.run(replay.rows, replay.end)
        assert replay.compare(simulator, whole) is None


@pytest.mark.parametrize(
    ("bench", "config"),
    [
        (PartialAdderBench, "narrow"),
        (PartialAdderBench, "two-a-word"),
        (SumPackerBench, "two-words"),
        (SumPackerBench, "two-a-word"),
    ],
)
def test_a_part_loses_everything(bench: type[Bench], config: str) -> None:
    loses_all(bench, config, bench.rtl, 300)


@bug_in(PartialAdder)
def outlasts_the_reset(m: Any, adder: PartialAdder, inside: Any) -> None:
    """Bug: an addition that a reset breaks off is work for another tick."""
    works, ends = inside("at_work"), inside("ends_pixel") & inside("moves")
    goes_on = Signal(reset_less=True)
    m.d.sync += goes_on.eq(works & ~ends)
    m.d.comb += adder.busy.eq(adder.push | adder.start | works | goes_on)


@pytest.mark.slow
def test_what_outlasts_a_reset_is_caught() -> None:
    with pytest.raises(AssertionError, match="pins after a reset on tick"):
        loses_all(PartialAdderBench, "narrow", outlasts_the_reset, 300)


def keeps_its_weights(config: str, moments: range) -> None:
    """Reset an array after each of some ticks of images: it then runs them as if just loaded."""
    bench, rng = ArrayBench(config), np.random.default_rng(1)
    params, weights = bench.params, bench.draw(rng)
    images = rng.integers(-128, 128, (2, *params.stages[0].taken)).astype(np.int8)
    with BatchSimulator(Array(params, trace=True), params.trace) as simulator:
        rows, begin = stimulus(simulator, bench, weights, images)
        loads = rows["tick"] < begin
        simulator.run(rows[loads], begin - 1)
        rows = rows[~loads]
        rows["tick"] -= begin - 1
        last = int(rows["tick"][-1])
        simulator.watched = True

        def run(end: int) -> tuple[bytes, bytes]:
            simulator.reset(quiet=True)
            records = simulator.run(rows[rows["tick"] <= end], end)
            return records.tobytes(), simulator.pins.tobytes()

        whole = run(last)
        parts = bench.split(np.frombuffer(whole[0], params.trace.record_dtype))
        found = [made_by(params, k, parts[f"core{k}.output"], 1) for k in range(len(params.cores))]
        model = ArrayDataflow(params, weights, traced=True)
        model.run(in_order(images), MANY)
        assert difference(noted(params, model.events), found) is None
        assert int(parts["answer"]["answered"].sum()) == len(images)
        for moment in moments:
            run(moment)
            assert run(last) == whole, f"a reset on tick {moment}"


def test_a_small_array_keeps_what_is_loaded() -> None:
    keeps_its_weights("2x2", range(1, 400))


@pytest.mark.slow
@pytest.mark.parametrize("config", ["rows", "shortcut", "parallel"])
def test_an_array_keeps_what_is_loaded(config: str) -> None:
    keeps_its_weights(config, range(1, 2000, 7))

"""Bench of the core: every pin, every event, every write-back and draw, of cores with any image."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.pins import Pins, through
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.bench.stimulus import LONG, every_tick, get_lines, longest, noise, set_lines
from goldspike.cosim.truenorth.shared.core_records import core_records
from goldspike.cosim.truenorth.shared.rows import draw_rows, lines_of, rows_in
from goldspike.hdl.truenorth.core import Core
from goldspike.model.errors import LockstepError
from goldspike.model.jit import njit
from goldspike.model.truenorth.core import (
    COLUMNS,
    CoreParams,
    Cores,
    cores_of,
    fields_of,
    simulate,
)
from goldspike.model.truenorth.neuron import NeuronParams
from goldspike.model.truenorth.prng import PrngParams
from goldspike.model.truenorth.shared.image import blank
from goldspike.model.truenorth.token_controller import State

__all__ = ["BENCH", "CoreBench"]

MOODS = (  # how likely are sync, clear, a spike, out_ready; and, at rest, each kind of load
    (0.3, 0.03, 0.3, 0.5, 0.2),
    (1.0, 0.0, 0.9, 1.0, 0.3),
    (0.1, 0.001, 0.02, 1.0, 0.1),
    (0.5, 0.01, 0.6, 0.1, 0.3),
    (0.9, 0.0, 0.1, 0.9, 0.0),
    (0.3, 0.3, 0.3, 0.7, 0.1),
)
QUIET = (0, 0, 0, 1, 0)
PRELUDE = (0.5, 0.5, 0, 1, 0)
WAIT = (0.9, 0, 0.9, 0, 0.3)
INPUTS = ("sync", "clear", "spike_valid", "spike_slot", "spike_axon", "out_ready", "load",
          "load_neuron", "load_types", "load_seed", "seed")  # fmt: skip
LOADS = ("load", "load_types", "load_seed")
PINS = ("out_valid", "out_dx", "out_dy", "out_slot", "out_axon", "busy", "merged", "slot")
REST = 2
"""Ticks behind the last row that are followed."""
POOL = 997
"""Ticks of noise on the data pins, which come again and again."""


@njit
def load_at_rest(cores: Cores, pins_in: np.ndarray, loaded: Cores, out: np.ndarray) -> None:
    """Run a core as `simulate` does; drop the loads that come while it is busy."""
    active = np.zeros((1, cores.active.shape[1]), np.uint8)
    for tick in range(pins_in.shape[0]):
        if cores.registers[0, 0] != 0:
            pins_in[tick, 6] = pins_in[tick, 8] = pins_in[tick, 9] = 0
        simulate(cores, pins_in[tick : tick + 1], loaded, out[tick : tick + 1], active)


def drawn_before(states: np.ndarray, params: PrngParams) -> np.ndarray:
    """Return the states after which a draw leaves these."""
    for _ in range(params.shifts):
        out = states >> (params.bits - 1)
        states = (states ^ out * params.taps) << 1 | out
    return states


class CoreBench(Bench):
    """A step of a run is a tick; whatever may come at a moment does, and data pins never rest."""

    rtl = Core
    configs: ClassVar = {
        "40x24": CoreParams(axons=40, neurons=24),
        "one": CoreParams(axons=1, neurons=1),
        "5x3": CoreParams(axons=5, neurons=3),
        "256x256": CoreParams(),
        "narrow": CoreParams(
            axons=9, neurons=4,
            neuron=NeuronParams(potential_bits=12, weight_bits=5, threshold_bits=8),
        ),
    }  # fmt: skip
    varied: ClassVar = {"axons": (1, 2, 5, 16, 17, 40, 70), "neurons": (1, 2, 3, 8, 24)}
    published = "256x256"
    checks = Checks(
        group="core", assembled=True, gates="5x3", mutants=("5x3",), synthesis="5x3", joined=True,
        slow=("256x256",), random=1, vectors=("5x3", 600), at_rest=LOADS,
    )  # fmt: skip
    shown = "5x3"
    steps = 12_000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Clear, load everything, and begin two steps at once; then draw every tick.

        Before that come a clear, rows and types, and a step that draws from what the reset leaves.
        What is loaded while the core is busy is left out. At the end a spike waits for long.
        """
        params, neurons = self.params, self.params.neurons
        early = 1, 2 + neurons, 2 + 2 * neurons  # clear, load, step
        clear = early[-1] + 2 * neurons + 1
        load = clear + 1 + neurons
        step = load + neurons  # without active axons
        begin = step + 2 * neurons + 2
        drain = (neurons + 1) * (params.axons + 3)
        count = begin + steps + 5 * LONG + drain
        odds = np.concatenate(
            [
                np.tile(QUIET, (early[0] + 1, 1)),
                np.tile(PRELUDE, (neurons, 1)),
                np.tile(QUIET, (neurons, 1)),
                np.tile(PRELUDE, (clear - early[-1], 1)),
                np.tile(QUIET, (1, 1)),
                np.tile(PRELUDE, (neurons, 1)),
                np.tile(QUIET, (neurons, 1)),
                np.tile(PRELUDE, (begin - step, 1)),
                np.array(MOODS)[np.arange(steps) * len(MOODS) // steps],
                np.tile(WAIT, (5 * LONG, 1)),
                np.tile(QUIET, (drain, 1)),
            ]
        )
        rows = np.resize(noise(Ports.of(Core(params)), rng, POOL), count)
        rows["tick"] = np.arange(1, count + 1)
        for name, share in zip(("sync", "clear", "spike_valid", "out_ready"), odds.T, strict=False):
            rows[name] = rng.random(count) < share
        for name in LOADS:
            rows[name] = rng.random(count) < odds[:, -1]
            rows[name][load:step] = rows[name][early[1] : early[2]] = 1
        for name in ("sync", "spike_valid", *LOADS):
            rows[name][[early[0], early[2], clear, step, begin - 1]] = 1
        rows["clear"][[early[0], early[2], clear, step, begin - 1]] = 1, 0, 1, 0, 0
        rows["load_seed"][:clear] = 0
        rows["spike_slot"][[early[2], step]] = 0
        rows["spike_axon"] = rng.integers(0, params.axons, count)
        rows["load_neuron"] = rng.integers(0, neurons, count)
        for begun in early[1], load:
            rows["load_neuron"][begun : begun + neurons] = rng.permutation(neurons)
        low = rng.random(count) < 0.5  # the next draw is 0, to which 0 is just equal
        drawn = rng.integers(1, 1 << 16, low.sum()) << 16
        rows["seed"][low] = drawn_before(drawn, params.prng)
        loads = np.flatnonzero(rows["load"])
        new = rows[loads]
        connected, rows_drawn = draw_rows(rng, loads.size, params.sram)
        at_ends = rng.permutation(loads.size)[: 2 + loads.size // 8]
        rows_drawn["potential"][at_ends] = np.resize(
            [-params.neuron.top - 1, params.neuron.top], at_ends.size
        )
        rows_drawn["gamma"][at_ends] |= 2  # and there they stay
        rows_drawn["kappa"][at_ends] = False
        set_lines(new, "load_row", lines_of(connected, rows_drawn, params.sram))
        rows[loads] = new
        rows = with_pauses(rows, "sync", "clear", "spike_valid", *LOADS, count=5)
        pins_in, loaded = self.driven(rows)
        out = np.zeros((rows.size, len(COLUMNS)), np.int64)
        load_at_rest(self.fresh(), pins_in, loaded, out)
        for name in LOADS:
            rows[name] = pins_in[:, INPUTS.index(name)] != 0
        last = np.flatnonzero(out[:, COLUMNS.index("busy")])[-1]
        return rows[: max(begin + steps + 5 * LONG + rows.size - count, last + 2)]

    def fresh(self) -> Cores:
        """Return a core after its reset, with nothing in its memory."""
        return cores_of([blank(self.params.axons, self.params.neurons)], self.params)

    def driven(self, rows: np.ndarray) -> tuple[np.ndarray, Cores]:
        """Return every tick's inputs, and what is loaded, as the golden model takes them."""
        params, fresh = self.params, self.fresh()
        pins_in = np.zeros((rows.size, len(INPUTS) + 1), np.int64)
        for k, name in enumerate(INPUTS):
            pins_in[:, k] = rows[name]
        for k in (INPUTS.index("load"), INPUTS.index("load_types")):
            pins_in[:, k] *= np.cumsum(pins_in[:, k])
        lines = get_lines(rows[rows["load"] == 1], "load_row", params.sram.row_bits)
        connected, neurons = rows_in(lines, params.sram)
        types = get_lines(rows[rows["load_types"] == 1], "types", 2 * params.axons)
        loaded = fresh._replace(
            connected=np.ascontiguousarray(connected.T[:, None], np.uint8),
            fields=fields_of(neurons)[:, None],
            potentials=neurons["potential"].astype(np.int64)[:, None],
            types=(types[:, ::2] + 2 * types[:, 1::2]).astype(np.uint8),
        )
        return pins_in, loaded

    @once
    def follow(self, rows: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
        """Run what was seen; return every tick's inputs, what it shows, and the active axons."""
        filled = every_tick(rows, REST)
        pins_in, loaded = self.driven(filled)
        out = np.zeros((filled.size, len(COLUMNS)), np.int64)
        active = np.zeros((int(filled["sync"].sum()), self.params.axons), np.uint8)
        steps = simulate(self.fresh(), pins_in, loaded, out, active)
        shown: dict[str, np.ndarray] = dict(zip(COLUMNS, out.T, strict=True))
        return (filled, shown, active[:steps])

    def expect(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Run what was seen."""
        filled, shown, active = self.follow(rows)
        begins = (filled["sync"] == 1) & (filled["clear"] == 0) & (shown["busy"] == 0)
        return core_records(self.params, filled["tick"], shown, begins, active)

    def split(self, records: np.ndarray) -> dict[str, np.ndarray]:
        """Split the core's word into its parts."""
        return {name: layout.select(records, name) for name, layout in self.params.parts}

    def check(self, records: dict[str, np.ndarray]) -> None:
        """Make sure that a step takes 1 + 2 * neurons + events + stalls ticks."""
        token = records["controller"]
        ends = (token["fire"] == 1) & (token["stall"] == 0)
        ends &= token["neuron"] == self.params.neurons - 1
        work = np.cumsum(token["integrate"].astype(np.int64) + token["stall"])[ends]
        over, begun = token["tick"][ends], records["active"]["tick"]
        ticks = over - begun[: over.size] + 1
        wanted = self.params.controller.ticks(0) + np.diff(work, prepend=0)
        if begun.size - over.size > 1 or (ticks != wanted).any():
            raise LockstepError("a step takes other ticks than its events and stalls ask for")

    def forbidden(self, rows: np.ndarray, expected: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Ask that nothing is loaded while the core is busy."""
        filled, shown, _ = self.follow(rows)
        loads = np.any([filled[name] == 1 for name in LOADS], axis=0)
        return {"loaded while busy": filled["tick"][loads & (shown["busy"] == 1)]}

    def pins(self, rows: np.ndarray, expected: dict[str, np.ndarray]) -> Pins:
        """Take the golden model's pins; numbers of cores are two's complement."""
        _, shown, _ = self.follow(rows)
        return {name: through(shown[name] & 511 if name in ("out_dx", "out_dy") else shown[name])
                for name in PINS}  # fmt: skip

    def coverage(self, rows: np.ndarray, records: dict[str, np.ndarray]) -> dict[str, int]:
        """Count what came while the core was busy, merges, waits, ends of the range, draws."""
        filled, shown, active = self.follow(rows)
        up = {name: filled[name] == 1 for name in INPUTS}
        on = {name: values == 1 for name, values in shown.items()}
        busy, top = on["busy"], self.params.neuron.top
        begins = ~busy & up["sync"] & ~up["clear"]
        drew, written = np.diff(shown["prng"], append=0) != 0, on["write_back"]
        bins = {
            "a step begins on the tick after a step": (begins[1:] & busy[:-1]).sum(),
            "sync and clear at rest": (~busy & up["sync"] & up["clear"]).sum(),
            "a step without active axons": (~active.any(axis=1)).sum(),
            "a spike that merges": on["merged"].sum(),
            "a spike on the tick of a clear": (~busy & up["clear"] & up["spike_valid"]).sum(),
            "a spike for the slot that a sync takes": (
                begins & up["spike_valid"] & (filled["spike_slot"] == shown["slot"])
            ).sum(),
            "a spike while busy": (busy & up["spike_valid"]).sum(),
            "a spike waits for two ticks": (on["stall"][1:] & on["stall"][:-1]).sum(),
            "a spike waits for long": longest(on["stall"]) >= LONG,
            "a neuron that fires and sends nowhere": (
                written & on["fired"] & ~on["out_valid"]
            ).sum(),
            "a neuron without events": (
                written[1:] & (shown["state"][:-1] == State.FETCH)
            ).sum(),
            "the largest potential": (written & (shown["potential"] == top)).sum(),
            "the least potential": (written & (shown["potential"] == -top - 1)).sum(),
            "a draw for a weight": (on["integrate"] & drew).sum(),
            "a draw with a write-back": (written & drew).sum(),
            "a draw that waits with its spike": (
                on["stall"][:-1] & written[1:] & drew[1:]
            ).sum(),
        }  # fmt: skip
        for name in State:
            state = shown["state"] == name
            for control in ("sync", "clear"):
                bins[f"{control} in {name.name.lower()}"] = (state & up[control]).sum()
        for name in LOADS:
            bins[f"{name} after a step"] = up[name][np.cumsum(begins) > 1].sum()
            bins[f"{name} on the tick of a sync"] = (begins & up[name]).sum()
            bins[f"{name} on the tick of a clear"] = (~busy & up["clear"] & up[name]).sum()
        return bins


BENCH = CoreBench

"""How the core is driven."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.bench.stimulus import LONG, get_lines, noise, set_lines
from goldspike.cosim.truenorth.shared.rows import draw_rows, lines_of, rows_in
from goldspike.hdl.truenorth.core import Core
from goldspike.model.jit import njit
from goldspike.model.truenorth.core import COLUMNS, Cores, cores_of, fields_of, simulate
from goldspike.model.truenorth.prng import PrngParams
from goldspike.model.truenorth.shared.image import blank

__all__ = ["INPUTS", "LOADS", "CoreStimulus"]

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


class CoreStimulus(Bench):
    """A step of a run is a tick; whatever may come at a moment does, and data pins never rest."""

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

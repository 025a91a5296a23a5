"""How the power gate is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels
from goldspike.model.timing.power_gate import PowerState

__all__ = ["PowerGateStimulus"]


class PowerGateStimulus(Bench):
    """A step is a high and a low of the request, many within a tick of the sequence's changes."""

    steps = 600

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw lengths of highs around the wake-up and of lows around the way down."""
        p = self.params
        lengths = np.empty(2 * steps, int)
        marks = ((p.wake, p.waking), (p.isolate, p.going_off))
        for k, (early, late) in enumerate(marks):
            kinds = [
                rng.integers(1, 4, steps),
                early + rng.integers(-1, 3, steps),
                late + rng.integers(-1, 3, steps),
                rng.integers(1, 3 * late + 3, steps),
            ]
            lengths[k::2] = np.maximum(1, rng.permuted(np.array(kinds), axis=0)[0])
        return rows_from_levels(
            self, {"request": np.repeat(np.arange(2 * steps) % 2 == 0, lengths)}
        )

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Every way in which an edge of the request can meet the sequence, and its order."""
        request = np.append(every_tick(rows)["request"] == 1, False)
        change = np.diff(request.astype(int), prepend=0)
        rises, falls = (1 + np.flatnonzero(change == sign) for sign in (1, -1))
        tick, state = records["tick"], records["state"]
        moves = np.flatnonzero(np.diff(state, prepend=PowerState.OFF))
        came = {s: tick[moves[state[moves] == s]] for s in PowerState}
        off, ons = came[PowerState.OFF], came[PowerState.ON]
        woken = came[PowerState.WAKING] + self.params.waking
        before = np.concatenate([[PowerState.OFF], state[:-1]])
        back = tick[(before == PowerState.GOING_OFF) & (state == PowerState.ON)]
        down = came[PowerState.GOING_OFF]
        returned = down[np.searchsorted(down, back) - 1]
        bins = {
            "a wake-up in full": woken.size,
            "off": off.size,
            "a request of one tick in off": np.isin(falls, came[PowerState.WAKING] + 1).sum(),
            "the request falls as the block comes on": np.isin(falls, woken).sum(),
            "the request falls one tick after the block came on": np.isin(falls, ons + 1).sum(),
            "on for one tick": np.isin(ons + 1, down).sum(),
            "back on at once while going off": (back == returned + 1).sum(),
            "back on as power would fall": (back == returned + self.params.going_off).sum(),
            "a request on the first tick of off": np.isin(rises, off + 1).sum(),
            "a request of one tick while going off": np.isin(back + 1, falls).sum(),
        }
        if self.params.waking > 1:
            bins["the request falls while waking"] = sum(
                np.sum((falls > on - self.params.waking) & (falls < on)) for on in woken.tolist()
            )
        if self.params.waking > 2:
            bins["the request comes again while waking"] = sum(
                np.sum((rises > on - self.params.waking) & (rises <= on)) for on in woken.tolist()
            )
        if self.params.isolate:
            bins["back on as retention would begin"] = (
                back == returned + self.params.isolate
            ).sum()
            bins["isolated before retained"] = np.sum(
                (records["isolate"] == 1) & (records["retain"] == 0)
            )
        if self.params.reset:
            bins["power good before reset is done"] = np.sum(
                (records["good"] == 1) & (records["reset"] == 1)
            )
        return bins

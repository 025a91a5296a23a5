"""What a chip's AER output shows of a run."""

import numpy as np

from goldspike.cosim.bench.pins import Pins, at, held, strobes
from goldspike.cosim.bench.stimulus import up
from goldspike.model.alwayson.chip import ChipParams

__all__ = ["readouts"]


def readouts(params: ChipParams, rows: np.ndarray, expected: np.ndarray) -> tuple[Pins, np.ndarray]:
    """Return the courses of the AER output's pins, and the ticks on which it is busy."""
    lines, bits = params.layers[-1], params.output_bits
    values = held(expected["tick"], expected["output_potentials"].astype(np.int64))
    shown, dones, busy = [], [], [np.zeros(0, np.int64)]
    free = 0
    for start in up(rows, "start").tolist():
        if start < free:
            continue
        free = start + lines + 2
        sampled = at(values, start + 1 + np.arange(lines))[np.arange(lines), np.arange(lines)]
        signed = sampled - (sampled >> (bits - 1) << bits)
        line = np.arange(lines)
        shown.append(np.stack([start + 2 + line, line, sampled], axis=1))
        dones.append((free, int(signed.argmax())))
        busy.append(np.arange(start, free + 1))
    tick, line, value = np.concatenate([np.zeros((0, 3), np.int64), *shown]).T
    done, winner = np.array(dones, np.int64).reshape(-1, 2).T
    courses = {
        "valid": strobes(tick), "out_address": strobes(tick, line),
        "value": strobes(tick, value), "done": strobes(done), "winner": strobes(done, winner),
    }  # fmt: skip
    return courses, np.concatenate(busy)

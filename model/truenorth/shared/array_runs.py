"""An array driven tick by tick: from pins, as a bench does, or step by step, as a host does."""

from dataclasses import dataclass

import numpy as np

from goldspike.model.jit import njit
from goldspike.model.truenorth.array import Network, array_tick
from goldspike.model.truenorth.core import COLUMNS, CoreParams
from goldspike.model.truenorth.shared.steps import OUTPUT

__all__ = ["PINS", "ArrayRun", "host_run", "simulate"]

PINS = ("run", "clear", "period", "in_valid", "in_dx", "in_dy", "in_slot", "in_axon")
"""Inputs of :func:`simulate`, besides `out_ready`."""
O_EVENT, O_STALL, O_MERGED, O_FIRED, O_SENT, O_BUSY = 9, 12, 6, 15, 0, 5


@njit
def simulate(
    network: Network,
    pins_in: np.ndarray,
    ready_in: np.ndarray,
    flags_out: np.ndarray,
    cores_out: np.ndarray,
    outputs_out: np.ndarray,
    leaves_out: np.ndarray,
    fills_out: np.ndarray,
    heads_out: np.ndarray,
    sent_last_out: np.ndarray,
) -> None:
    """Run an array tick by tick.

    Parameters
    ----------
    network : Network
        Changed.
    pins_in : int64 (ticks, 8)
        :data:`PINS`.
    ready_in : uint8 (ticks, rows)
    flags_out : int64 (ticks, 5), written
        in_ready, sync, idle, overrun, stray.
    cores_out : int64 (ticks, cores, 18), written
        :data:`goldspike.model.truenorth.core.COLUMNS`.
    outputs_out : int64 (ticks, rows, 5), written
        valid, dx, dy, slot, axon.
    leaves_out : uint8 (ticks, cores, 5), written
    fills_out, sent_last_out : int64 (ticks, cores, 5), written
    heads_out : int64 (ticks, cores, 5, 4), written
        As the tick begins; what a queue without packets holds is 0.
    """
    scratch = np.zeros(network.fills.shape, np.int64)
    for tick in range(pins_in.shape[0]):
        fills_out[tick], sent_last_out[tick] = network.fills, network.sent_last
        for core in range(network.fills.shape[0]):
            for port in range(5):
                if network.fills[core, port]:
                    heads_out[tick, core, port] = network.queues[core, port, 0]
        pins = pins_in[tick]
        array_tick(
            network, pins[0], pins[1], pins[2], pins[3], pins[4:], ready_in[tick], scratch,
            flags_out[tick], cores_out[tick], outputs_out[tick], leaves_out[tick],
        )  # fmt: skip


@dataclass(frozen=True)
class ArrayRun:
    """What a host saw of a run.

    Attributes
    ----------
    outputs : OUTPUT (n,)
        In the order in which they left; sample 0.
    ticks : int64 (steps,)
        From `sync` to the tick on which all was idle again.
    events, stalls, merged, fired, sent : int64 (cores,)
    busy : int64 (steps, cores)
        Busy ticks and that of `sync`.
    """

    outputs: np.ndarray
    ticks: np.ndarray
    events: np.ndarray
    stalls: np.ndarray
    merged: np.ndarray
    fired: np.ndarray
    sent: np.ndarray
    busy: np.ndarray


def host_run(network: Network, inputs: np.ndarray, steps: int, params: CoreParams) -> ArrayRun:
    """Run one sample as a host does that waits for every step to end.

    Before a step it sends that step's spikes, one after the other by the west link of (0, 0); when
    all is idle it raises `run` for a tick. It takes every output at once.

    Parameters
    ----------
    network : Network
        Changed.
    inputs : SPIKE (n,)
        By step.
    steps : int
    params : CoreParams
    """
    count = network.fills.shape[0]
    columns = int(network.shape[0])
    packets = np.zeros((inputs.size, 4), np.int64)
    packets[:, 0], packets[:, 1] = inputs["core"] % columns, inputs["core"] // columns
    packets[:, 2], packets[:, 3] = inputs["step"] % 16, inputs["axon"]
    places = np.searchsorted(inputs["step"], np.arange(steps + 1)).astype(np.int64)
    ticks, busy = np.zeros(steps, np.int64), np.zeros((steps, count), np.int64)
    counts = np.zeros((count, 5), np.int64)
    found = run_steps(network, packets, places, ticks, busy, counts)
    outputs = np.zeros(len(found), OUTPUT)
    for k, name in enumerate(("step", "row", "dx", "axon")):
        outputs[name] = found[:, k]
    events, stalls, merged, fired, sent = counts.T
    return ArrayRun(outputs, ticks, events, stalls, merged, fired, sent, busy)


@njit
def run_steps(
    network: Network,
    packets: np.ndarray,
    places: np.ndarray,
    ticks: np.ndarray,
    busy: np.ndarray,
    counts: np.ndarray,
) -> np.ndarray:
    """Do what :func:`host_run` says; return step, row, dx and axon of the outputs."""
    count, rows = network.fills.shape[0], network.shape[1]
    scratch, flags = np.zeros((count, 5), np.int64), np.zeros(5, np.int64)
    out, leaves = np.zeros((count, len(COLUMNS)), np.int64), np.zeros((count, 5), np.uint8)
    outputs, ready = np.zeros((rows, 5), np.int64), np.ones(rows, np.uint8)
    found, filled, place = np.zeros((256, 4), np.int64), 0, 0
    nothing = np.zeros(4, np.int64)
    for step in range(ticks.size):
        begun = False
        while True:
            sending = not begun and place < places[step + 1]
            packet = packets[place] if sending else nothing
            array_tick(
                network, not begun and not sending, 0, 0, sending, packet, ready, scratch, flags,
                out, outputs, leaves,
            )  # fmt: skip
            place += sending and flags[0]
            for core in range(count):
                counts[core, 0] += out[core, O_EVENT]
                counts[core, 1] += out[core, O_STALL]
                counts[core, 2] += out[core, O_MERGED]
                written = out[core, 13]
                counts[core, 3] += written and out[core, O_FIRED]
                counts[core, 4] += written and out[core, O_SENT]
                busy[step, core] += out[core, O_BUSY] or flags[1]
            for row in range(rows):
                if outputs[row, 0]:
                    if filled == len(found):
                        found = np.concatenate((found, np.zeros_like(found)))
                    ahead = (outputs[row, 3] - step) % 16
                    found[filled, 0], found[filled, 1] = step + ahead, row
                    found[filled, 2], found[filled, 3] = outputs[row, 1], outputs[row, 4]
                    filled += 1
            if begun and flags[2]:
                break
            begun = begun or flags[1] != 0
            ticks[step] += begun
    return found[:filled].copy()

"""An array driven tick by tick: from pins, as a bench does, or step by step, as a host does."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from goldspike.model.jit import njit
from goldspike.model.truenorth.array import ArrayParams, Network, array_tick, is_idle
from goldspike.model.truenorth.core import COLUMNS, CoreParams
from goldspike.model.truenorth.shared.loader import Loader, take_word
from goldspike.model.truenorth.shared.steps import OUTPUT

__all__ = ["PINS", "ArrayRun", "Shown", "host_run", "shown_of", "simulate"]

PINS = (
    "run", "clear", "period", "in_valid", "in_dx", "in_dy", "in_slot", "in_axon",
    "config_valid", "config_data",
)  # fmt: skip
"""Inputs of :func:`simulate`, besides `out_ready`."""
O_EVENT, O_STALL, O_MERGED, O_FIRED, O_SENT, O_BUSY = 9, 12, 6, 15, 0, 5


class Shown(NamedTuple):
    """What an array shows, tick by tick.

    Attributes
    ----------
    flags : int64 (ticks, 5)
        in_ready, sync, idle, overrun, stray.
    cores : int32 (ticks, cores, 21)
        :data:`goldspike.model.truenorth.core.COLUMNS`; `prng` as if it were signed.
    outputs : int64 (ticks, rows, 5)
        valid, dx, dy, slot, axon.
    leaves : uint8 (ticks, cores, 5)
        Whether a packet leaves by each output.
    fills, sent_last : uint8 (ticks, cores, 5)
    heads : int64 (ticks, cores, 5)
        As the tick begins, packed; 0 of a queue without packets.
    active : uint8 (steps, cores, axons)
        Active axons, step by step.
    """

    flags: np.ndarray
    cores: np.ndarray
    outputs: np.ndarray
    leaves: np.ndarray
    fills: np.ndarray
    sent_last: np.ndarray
    heads: np.ndarray
    active: np.ndarray


def shown_of(ticks: int, steps: int, params: ArrayParams) -> Shown:
    """Return room for so many ticks and steps."""
    cores = params.cores
    return Shown(
        flags=np.zeros((ticks, 5), np.int64),
        cores=np.zeros((ticks, cores, len(COLUMNS)), np.int32),
        outputs=np.zeros((ticks, params.rows, 5), np.int64),
        leaves=np.zeros((ticks, cores, 5), np.uint8),
        fills=np.zeros((ticks, cores, 5), np.uint8),
        sent_last=np.zeros((ticks, cores, 5), np.uint8),
        heads=np.zeros((ticks, cores, 5), np.int64),
        active=np.zeros((steps, cores, params.core.axons), np.uint8),
    )


@njit
def simulate(
    network: Network,
    loader: Loader,
    pins_in: np.ndarray,
    ready_in: np.ndarray,
    words: np.ndarray,
    shown: Shown,
) -> int:
    """Run an array tick by tick; return how many steps were begun.

    Parameters
    ----------
    network : Network, loader : Loader
        Changed.
    pins_in : int64 (ticks, 10)
        :data:`PINS`. If there are `words`, those of the configuration port are written: the words
        in turn, each until it is taken, on ticks on which `config_valid` asks for one; and `clear`
        is taken back while anything is going on.
    ready_in : uint8 (ticks, rows)
    words : int64 (n,)
    shown : Shown
        Written.
    """
    count, rows = network.fills.shape[0], network.shape[1]
    chosen, out = np.zeros((count, 5), np.int64), np.zeros((count, len(COLUMNS)), np.int64)
    leaves, outputs = np.zeros((count, 5), np.uint8), np.zeros((rows, 5), np.int64)
    given = steps = 0
    for tick in range(pins_in.shape[0]):
        pins = pins_in[tick]
        for core in range(count):
            for port in range(5):
                shown.fills[tick, core, port] = network.fills[core, port]
                shown.sent_last[tick, core, port] = network.sent_last[core, port]
                if network.fills[core, port]:
                    packet = network.queues[core, port, 0]
                    shown.heads[tick, core, port] = (
                        packet[0] & 511 | (packet[1] & 511) << 9 | packet[2] << 18 | packet[3] << 22
                    )
        if words.size:
            if not is_idle(network) or pins[3]:
                pins[1] = 0
            pins[8] = pins[8] and given < words.size
            pins[9] = words[given] if pins[8] else 0
        array_tick(
            network, pins[0], pins[1], pins[2], pins[3], pins[4:8], ready_in[tick], chosen,
            shown.flags[tick], out, outputs, leaves,
        )  # fmt: skip
        shown.cores[tick], shown.outputs[tick], shown.leaves[tick] = out, outputs, leaves
        if shown.flags[tick, 1]:
            shown.active[steps] = network.cores.active
            steps += 1
        if pins[8] and shown.flags[tick, 2]:
            take_word(network.cores, loader, pins[9])
            given += 1
    return steps


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

"""The array, a timestep at a time: streams, the fully connected layer, and all cores; compiled.

Ref: Dazzi 2021, section 2.4. In every timestep, first every stream carries the pixels and sums that
were offered as it began and that their receivers accept, then every core reads residuals and
computes as many outputs as it may.
"""

import numpy as np

from goldspike.model.imc.shared.array_cores import (
    compute,
    conditions_to_store,
    head,
    note,
    pop,
    push,
    read_res,
    store_data,
)
from goldspike.model.imc.shared.array_state import (
    ANSWERED,
    BUDGET,
    CAPACITY,
    COUNT,
    FIRST_RECEIVER,
    FIRST_SENDER,
    HEAD,
    HEIGHT,
    MOVED,
    NOW,
    OFFERED,
    POOLED,
    PUSH,
    RECEIVERS,
    ROOM,
    SENDERS,
    SENT,
    SKIP,
    SUMS,
    TAKEN,
    TO_MEMORY,
    TO_QUEUE,
    WIDTH,
    State,
)
from goldspike.model.jit import kernel, step

__all__ = ["run"]


@step
def accepts(s: State, receiver: np.ndarray) -> bool:
    """Return whether a receiver takes a pixel or a sum now."""
    if receiver[0] == TO_MEMORY:
        return conditions_to_store(s.pointers[receiver[1]], s.cores[receiver[1]])
    q = s.queues[receiver[1]]
    if receiver[0] == TO_QUEUE:
        return q[COUNT] < q[CAPACITY]
    return q[ROOM] > 0


@step
def deliver(s: State, receiver: np.ndarray) -> None:
    """Give a receiver its part of what a stream carries."""
    first, size = receiver[2], receiver[3]
    if receiver[0] == TO_MEMORY:
        store_data(s, receiver[1], first)
        return
    q = s.queues[receiver[1]]
    if receiver[0] == TO_QUEUE:
        at = push(q)
        for k in range(size):
            s.items[at + k] = s.pixel[first + k]
        return
    for k in range(size):
        s.mean[k] += s.pixel[k]
    s.counters[POOLED] += 1
    if s.counters[POOLED] == s.pooling[0]:
        s.counters[POOLED] = 0
        at = push(q)
        for k in range(size):
            s.items[at + k] = (s.mean[k] + s.pooling[0] // 2) // s.pooling[0]
            s.mean[k] = 0


@step
def carry(s: State, stream: np.ndarray, pixels: np.ndarray) -> int:
    """Carry what all senders offer and all receivers accept; return how much that was."""
    senders = s.senders[stream[FIRST_SENDER] : stream[FIRST_SENDER] + stream[SENDERS]]
    receivers = s.receivers[stream[FIRST_RECEIVER] : stream[FIRST_RECEIVER] + stream[RECEIVERS]]
    for count in range(stream[BUDGET]):
        for n in range(senders.shape[0]):
            queue = senders[n, 0]
            if queue < 0:
                if s.counters[SENT] == pixels.shape[0]:
                    return count
            elif s.queues[queue, OFFERED] == 0:
                return count
        for n in range(receivers.shape[0]):
            if not accepts(s, receivers[n]):
                return count
        for n in range(senders.shape[0]):
            queue, first = senders[n, 0], senders[n, 1]
            if queue < 0:
                for k in range(senders[n, 2]):
                    s.pixel[k] = pixels[s.counters[SENT], k]
                s.counters[SENT] += 1
                image, place = divmod(s.counters[TAKEN], s.cores[0, HEIGHT] * s.cores[0, WIDTH])
                if place == 0:
                    s.starts[image % s.starts.shape[0]] = s.counters[NOW]
                s.counters[TAKEN] += 1
            else:
                at = head(s.queues[queue])
                for k in range(senders[n, 2]):
                    s.pixel[first + k] = s.items[at + k]
                pop(s.queues[queue])
        for n in range(receivers.shape[0]):
            if receivers[n, 0] == TO_QUEUE:
                note_sum(s, receivers[n, 1])
            deliver(s, receivers[n])
    return stream[BUDGET]


@step
def note_sum(s: State, queue: int) -> None:
    """Note that a partial sum is about to come into its queue."""
    if s.log.shape[0]:
        q = s.queues[queue]
        for core in range(s.cores.shape[0]):
            if s.cores[core, SUMS] == queue:
                note(s, core, PUSH, (q[HEAD] + q[COUNT]) % q[CAPACITY])


@step
def answer(s: State) -> None:
    """Let the fully connected layer give the scores of an image."""
    q = s.queues[s.pooling[1]]
    if q[OFFERED] == 0:
        return
    at, row = head(q), s.answers[s.counters[ANSWERED]]
    row[0] = s.counters[NOW]
    for k in range(s.last_bias.shape[0]):
        row[1 + k] = s.last_bias[k]
        for channel in range(s.last.shape[0]):
            row[1 + k] += s.items[at + channel] * s.last[channel, k]
    pop(q)
    s.counters[ANSWERED] += 1


@kernel
def run(s: State, pixels: np.ndarray, timesteps: int, final: bool, stall: bool) -> int:
    """Run timesteps; return how many.

    Stops early when the pixels left do not fill a timestep, unless they are the `final` ones;
    when there is no more place for answers; and when nothing moves any more.

    Parameters
    ----------
    pixels : int8 (n, channels)
        Of images, in order; ``counters[SENT]`` of them have been taken.
    timesteps : int
    final : bool
    stall : bool
        No answer is taken.
    """
    idle = 0
    for done in range(timesteps):
        left = pixels.shape[0] - s.counters[SENT]
        if not final and left < s.streams[0, BUDGET]:
            return done
        if s.counters[ANSWERED] == s.answers.shape[0] or idle == 2:
            return done
        s.counters[NOW] += 1
        moved = 0
        for n in range(s.queues.shape[0]):
            s.queues[n, OFFERED] = s.queues[n, COUNT]
            s.queues[n, ROOM] = s.queues[n, CAPACITY] - s.queues[n, COUNT]
        for n in range(s.streams.shape[0]):
            count = carry(s, s.streams[n], pixels)
            s.carried[n] += count
            moved += count
        if s.pooling[1] >= 0 and not stall:
            answer(s)
        for core in range(s.cores.shape[0]):
            if s.cores[core, SKIP] >= 0:
                moved += read_res(s, core)
            moved += compute(s, core)
        s.counters[MOVED] = moved
        idle = 0 if moved else idle + 1
    return timesteps

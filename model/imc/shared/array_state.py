"""The array's state, as arrays: what :mod:`goldspike.model.imc.shared.array_steps` works on."""

from typing import NamedTuple

import numpy as np

__all__ = [
    "ADDED",
    "ANSWERED",
    "BUDGET",
    "BUFFERS",
    "CAPACITY",
    "CHANNELS",
    "COUNT",
    "COUNTS",
    "FIRST_RECEIVER",
    "FIRST_SENDER",
    "GAIN",
    "HEAD",
    "HEIGHT",
    "HEIGHT_OUT",
    "IN_COLUMN",
    "IN_X",
    "KERNEL",
    "LAST",
    "LOGGED",
    "MADE",
    "MATRIX",
    "MEMORY",
    "MOVED",
    "NEXT_READ",
    "NONZERO",
    "NOW",
    "OFFERED",
    "OFFSET",
    "OUT",
    "OUTPUTS",
    "OUT_IMAGE",
    "OUT_X",
    "OUT_Y",
    "PADDING",
    "POOLED",
    "POP",
    "PUSH",
    "READS",
    "RECEIVERS",
    "RELU",
    "REPLICAS",
    "RES_COLUMN",
    "RES_X",
    "ROOM",
    "SCALES",
    "SENDERS",
    "SENDS",
    "SENT",
    "SHIFT",
    "SIZE",
    "SKIP",
    "STRIDE",
    "SUMS",
    "TAKEN",
    "TO_MEMORY",
    "TO_POOLING",
    "TO_QUEUE",
    "WIDTH",
    "WIDTH_OUT",
    "WORDS",
    "WRITES",
    "State",
]

PUSH, POP = 3, 4
"""Kinds of access beside the input memory's: a partial sum comes into its queue, and is used."""

IN_X, IN_COLUMN, OUT_X, OUT_Y, OUT_IMAGE, RES_X, RES_COLUMN, NEXT_READ = range(8)
"""Places of the pointers in a core's state; columns are counted on over all images."""

HEIGHT, WIDTH, KERNEL, STRIDE, PADDING, HEIGHT_OUT, WIDTH_OUT, SENDS = range(8)
CHANNELS, OUTPUTS, REPLICAS, WORDS, LAST, GAIN, SHIFT, RELU = range(8, 16)
MEMORY, BUFFERS, MATRIX, SCALES, OUT, SKIP, ADDED, SUMS = range(16, 24)
"""Places of a core's constants: its layer and part; where its memory, row buffers, weights and
scales begin, and which its queues are (-1: none): outputs, residuals sent, residuals added, sums.
"""

OFFSET, SIZE, CAPACITY, HEAD, COUNT, OFFERED, ROOM = range(7)
"""Places of a queue's constants and state."""

FIRST_SENDER, SENDERS, FIRST_RECEIVER, RECEIVERS, BUDGET = range(5)
"""Places of a stream's constants."""

TO_MEMORY, TO_QUEUE, TO_POOLING = range(3)
"""Kinds of receivers."""

NOW, SENT, ANSWERED, POOLED, LOGGED, MOVED, TAKEN = range(7)
"""Places of the counters: timestep, pixels of the image taken, answers, pixels in the mean's sum,
accesses noted, what moved or was computed in the last timestep, and pixels taken of all images."""

COUNTS = READS, WRITES, MADE, NONZERO = range(4)
"""Places of a core's counts: words read and written, outputs, activations that are not zero."""


class State(NamedTuple):
    """Constants (upper part) and state of an array, as arrays.

    Attributes
    ----------
    cores : int64 (cores, 24)
    streams : int64 (streams, 5)
    senders : int64 (n, 3)
        Queue (-1: the image), first channel, channels.
    receivers : int64 (n, 4)
        Kind, core or queue, first channel, channels.
    matrix : int32 or int8 (n,); multiplier, bias : int64 (n,)
    last : int64 (channels, classes); last_bias : int64 (classes,)
    pooling : int64 (2,)
        Pixels of an image, and the queue of the means; -1 for an open end.
    pointers : int64 (cores, 8)
    counts : int64 (cores, 4)
    carried : int64 (streams,)
    queues : int64 (queues, 7)
    items : int32 (n,)
    memory, buffers, made : int8 (n,)
    sums, pixel : int32 (n,)
        Of the core, and the stream, at work.
    mean : int64 (channels,)
    counters : int64 (7,)
    answers : int64 (n, 1 + classes)
        Timestep and scores.
    starts : int64 (n,)
        Timestep of an image's first pixel, modulo n images.
    log : int64 (n, 4)
        Timestep, core, kind, place; empty: nothing is noted.
    """

    cores: np.ndarray
    streams: np.ndarray
    senders: np.ndarray
    receivers: np.ndarray
    matrix: np.ndarray
    multiplier: np.ndarray
    bias: np.ndarray
    last: np.ndarray
    last_bias: np.ndarray
    pooling: np.ndarray
    pointers: np.ndarray
    counts: np.ndarray
    carried: np.ndarray
    queues: np.ndarray
    items: np.ndarray
    memory: np.ndarray
    buffers: np.ndarray
    made: np.ndarray
    sums: np.ndarray
    pixel: np.ndarray
    mean: np.ndarray
    counters: np.ndarray
    answers: np.ndarray
    starts: np.ndarray
    log: np.ndarray

"""Proof of the sum packer: one arbitrary lane, from its sum to its place in a word.

Who starts it keeps to the contract: the sums stay until the last word, and nothing is started
before.
"""

from typing import ClassVar

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.sum_packer import SumPacker
from goldspike.model.imc.digital_processor import PIPELINE
from goldspike.model.imc.sum_packer import SumPackerParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "SumPackerProof"]


@bug_in(SumPacker)
def takes_the_next(m, dut, inside):
    """Fetch the sum of channel k + 1."""
    place = inside("channel") + 1
    m.d.sync += inside("number").eq(dut.sums.word_select(place, dut.params.sum_bits))


@bug_in(SumPacker, SumPacker.widened)
def does_not_extend(self, number):
    """Fill a lane up with zeros."""
    lane = Signal(self.params.lane_words * self.params.word_bits)
    return Cat(number, Const(0, len(lane)))[: len(lane)]


@bug_in(SumPacker)
def pushes_early(m, dut, inside):
    """Let a word go a lane early."""
    m.d.sync += dut.push.eq(inside("widened") & inside("word_ends_0"))


@bug_in(SumPacker)
def ends_early(m, dut, inside):
    """Say that it is done a tick too early."""
    m.d.comb += dut.done.eq(inside("widened") & inside("pixel_ends_1"))


@bug_in(SumPacker)
def fills_up(m, dut, inside):
    """Leave a bit in the last word, where there is no lane."""
    with m.If(inside("widened") & inside("pixel_ends_1")):
        m.d.sync += dut.word[-1].eq(1)


@bug_in(SumPacker)
def sleeps(m, dut, inside):
    """Rest while the last lanes are on their way."""
    m.d.comb += dut.busy.eq(dut.start | inside("at_work"))


class SumPackerProof(Proof):
    """Any sums; every lane of every pixel."""

    rtl = SumPacker
    configs: ClassVar = {
        "3-in-16": SumPackerParams(channels=3, sum_bits=5, word_bits=16),
        "2-in-8": SumPackerParams(channels=2, sum_bits=12, word_bits=8),
        "5-in-64": SumPackerParams(channels=5, sum_bits=23, word_bits=64),
        "published": SumPackerParams(channels=56, sum_bits=23),
    }
    quick = ("3-in-16", "2-in-8")
    search = 20
    bugs: ClassVar = {
        "a word leaves with its last lane": pushes_early,
        "it is done with the pixel's last word": ends_early,
        "a lane holds its channel's sum": takes_the_next,
        "a lane is filled up with the sign": does_not_extend,
        "where there is no lane a word is 0": fills_up,
        "busy from the start to the last word": sleeps,
    }

    def properties(self, m: Module) -> None:
        """Count ticks from the start, and say what is due on each."""
        dut, params = self.dut, self.params
        ticks, count = params.ticks, params.channels * params.lane_words
        since = Signal(range(ticks + 2), init=ticks + 1)  # the start; beyond the last: at rest
        sums = Signal.like(dut.sums)
        m.d.sync += [
            since.eq(Mux(dut.start, 1, Mux(since > ticks, since, since + 1))),
            sums.eq(dut.sums),
        ]
        self.assumes("nothing is started before it is done", ~dut.start | (since >= ticks))
        self.assumes("the sums stay", (since > ticks) | (dut.sums == sums))
        ends = [self.ends_word(k) for k in range(count)]
        due = Cat(since == PIPELINE + 1 + k for k in range(count) if ends[k]).any()
        self.holds("a word leaves with its last lane", dut.push == due)
        self.holds("it is done with the pixel's last word", dut.done == (since == ticks))
        self.holds("busy from the start to the last word", dut.busy == (dut.start | self.at(since)))
        right, signed, blank = [], [], []
        for k in range(count):
            last = next(n for n in range(k, count) if ends[n])
            there = (since >= PIPELINE + 1 + k) & (since <= PIPELINE + 1 + last)
            low, high, bits = self.lane(k)
            right.append(~there | (low == self.expected(k)[: len(low)]))
            signed.append(~there | (high == self.expected(k)[len(low) :]))
            if ends[k]:
                blank.append(~there | (dut.word[bits:] == 0))
        self.holds("a lane holds its channel's sum", Cat(right).all())
        self.holds("a lane is filled up with the sign", Cat(signed).all())
        self.holds("where there is no lane a word is 0", Cat(blank).all())
        self.tie(since, ends)
        self.reaches("a pixel after a pixel", (since == ticks) & dut.start & (dut.word != 0))

    def at(self, since: Signal) -> Value:
        """Return whether a pixel is under way."""
        return since <= self.params.ticks

    def ends_word(self, k: int) -> bool:
        """Return whether the k-th lane, or word of a lane, ends a word."""
        params = self.params
        last = params.channels * params.lane_words - 1
        return params.lane_words > 1 or k == last or k % params.lanes == params.lanes - 1

    def expected(self, k: int) -> Value:
        """Return what the k-th lane, or word of a lane, must hold."""
        params = self.params
        channel, piece = divmod(k, params.lane_words)
        number = self.dut.sums.word_select(channel, params.sum_bits).as_signed()
        lane = Signal(signed(8 * params.sum_bytes), name=f"lane_{k}")
        self.m.d.comb += lane.eq(number)
        width = min(8 * params.sum_bytes, params.word_bits)
        return Cat(lane, Const(0, params.word_bits)).word_select(piece, width)

    def lane(self, k: int) -> tuple[Value, Value, int]:
        """Return the sum's bits of the k-th lane in the word, those above, and where it ends."""
        params = self.params
        width = min(8 * params.sum_bytes, params.word_bits)
        place = k % params.lanes if params.lane_words == 1 else 0
        lane = self.dut.word[place * width : (place + 1) * width]
        size = max(0, min(width, params.sum_bits - k % params.lane_words * width))
        return lane[:size], lane[size:], (place + 1) * width

    def tie(self, since: Signal, ends: list[bool]) -> None:
        """Tie the circuit's registers to the ticks."""
        params, inside = self.params, self.inside
        count, part = len(ends), inside("part")
        stages = {"at_work": 1, "fetched": 2, "widened": 3}
        for name, first in stages.items():
            works = (since >= first) & (since < first + count)
            self.helps(name, inside(name) == works)
        lanes = params.lanes if params.lane_words == 1 else 1
        found: dict[str, list] = {name: [] for name in (*stages, "number")}
        for k in range(count):
            channel, piece = divmod(k, params.lane_words)
            place = channel % lanes
            number = self.dut.sums.word_select(channel, params.sum_bits)
            at = {name: since == first + k for name, first in stages.items()}
            found["at_work"] += [
                ~at["at_work"]
                | (
                    (inside("channel") == channel)
                    & (inside("piece") == piece)
                    & (inside("lane") == place)
                )
            ]
            found["number"] += [
                ~at["fetched"]
                | ((inside("number") == number.as_signed()) & (inside("piece_0") == piece))
            ]
            for stage, flag in (("fetched", 0), ("widened", 1)):
                found[stage] += [
                    ~at[stage]
                    | (
                        (inside(f"lane_{flag}") == place)
                        & (inside(f"word_ends_{flag}") == ends[k])
                        & (inside(f"pixel_ends_{flag}") == (k == count - 1))
                    )
                ]
            found["widened"] += [~at["widened"] | (part == self.expected(k)[: len(part)])]
        for name, conditions in found.items():
            self.helps(f"what is {name}", Cat(conditions).all())
        above = [
            (since != PIPELINE + 1 + k) | (self.dut.word[self.lane(k)[2] :] == 0)
            for k in range(count)
        ]
        self.helps("above the lane packed last a word is 0", Cat(above).all())
        rests = ~inside("at_work")
        counted = (inside("channel") == 0) & (inside("piece") == 0) & (inside("lane") == 0)
        self.helps("at rest", ~rests | counted)
        self.helps("since", (since >= 1) & (since <= params.ticks + 1))


PROOF = SumPackerProof

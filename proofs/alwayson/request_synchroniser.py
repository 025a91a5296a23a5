"""Proof of the request synchronisers: what is seen is what was there at the second last edge."""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal

from goldspike.hdl.alwayson.request_synchroniser import RequestSynchroniser
from goldspike.hdl.bugs import bug_in
from goldspike.model.alwayson.request_synchroniser import RequestSynchroniserParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "RequestSynchroniserProof"]


@bug_in(RequestSynchroniser)
def sees_at_once(m, dut, inside):
    """See a request with the first edge."""
    with m.If(dut.synapse_rises & ~dut.reset):
        m.d.sync += dut.request_seen.eq(dut.request)


@bug_in(RequestSynchroniser)
def runs_free(m, dut, inside):
    """Shift requests with the neurons' clock, too."""
    with m.If(dut.neuron_rises & ~dut.reset):
        m.d.sync += dut.request_seen.eq(dut.request_first)


@bug_in(RequestSynchroniser)
def acks_at_once(m, dut, inside):
    """See an acknowledgement with the first edge."""
    with m.If(dut.neuron_rises & ~dut.clear):
        m.d.sync += dut.ack_seen.eq(dut.ack)


@bug_in(RequestSynchroniser)
def resets_acks(m, dut, inside):
    """Reset the acknowledgements with the requests."""
    with m.If(dut.reset):
        m.d.sync += [dut.ack_first.eq(0), dut.ack_seen.eq(0)]


class RequestSynchroniserProof(Proof):
    """One arbitrary line; clocks, resets and clears as they please."""

    rtl = RequestSynchroniser
    configs: ClassVar = {
        str(n): RequestSynchroniserParams(lines=n) for n in (1, 3, 5, 128, 512)
    }  # fmt: skip
    quick = ("1", "3")
    search = 12
    bugs: ClassVar = {
        "a request is seen as it was at the second last edge": sees_at_once,
        "what is seen of requests moves with their clock or a reset": runs_free,
        "an Ack is seen as it was at the second last edge": acks_at_once,
        "what is seen of Acks moves with their clock or a clear": resets_acks,
    }

    def properties(self, m: Module) -> None:
        """Follow a line each way."""
        dut = self.dut
        line = self.any_value("line", self.params.lines)
        sides = (
            ("a request", "requests", dut.request, dut.synapse_rises, dut.reset, "reset"),
            ("an Ack", "Acks", dut.ack, dut.neuron_rises, dut.clear, "clear"),
        )
        for (one, many, port, rises, ends, end), seen, first in zip(
            sides,
            (dut.request_seen, dut.ack_seen),
            (dut.request_first, dut.ack_first),
            strict=True,
        ):
            last, second, shown = (
                Signal(name=f"{end}_{name}") for name in ("last", "second", "shown")
            )
            moved = Signal(name=f"{end}_moved")  # a clock edge or the end came on the tick before
            bit = port.bit_select(line, 1)
            with m.If(ends):
                m.d.sync += [last.eq(0), second.eq(0)]
            with m.Elif(rises):
                m.d.sync += [last.eq(bit), second.eq(last)]
            now = seen.bit_select(line, 1)
            m.d.sync += [shown.eq(now), moved.eq(rises | ends)]
            self.holds(f"{one} is seen as it was at the second last edge", now == second)
            self.holds(
                f"what is seen of {many} moves with their clock or a {end}",
                moved | (now == shown),
            )
            self.helps(f"{one} at the last edge", first.bit_select(line, 1) == last)
            self.reaches(f"{one} is seen for one edge", Mux(shown, last & ~now, 0))


PROOF = RequestSynchroniserProof

"""Proof of the synapse memory: a row is what was written last. One arbitrary row is followed."""

from typing import ClassVar

from amaranth.hdl import Array, Module, Signal

from goldspike.hdl.alwayson.synapse_memory import SynapseMemory
from goldspike.hdl.bugs import bug_in
from goldspike.model.alwayson.synapse_memory import Storage, SynapseMemoryParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "SynapseMemoryProof"]


@bug_in(SynapseMemory)
def writes_without_a_strobe(m, dut, inside):
    """Write row 0 whenever it is addressed."""
    with m.If(dut.write_row == 0):
        m.d.sync += inside("row_0").eq(dut.write_word)


@bug_in(SynapseMemory)
def shows_what_is_written(m, dut, inside):
    """Show a word as it is written."""
    with m.If(dut.write):
        m.d.sync += dut.word.eq(dut.write_word)


class SynapseMemoryProof(Proof):
    """Any reads and writes, and any number of resets."""

    rtl = SynapseMemory
    configs: ClassVar = {
        f"{storage.value}-{rows}x{columns}": SynapseMemoryParams(
            rows=rows, columns=columns, storage=storage
        )
        for rows, columns in ((1, 1), (5, 3), (16, 10))
        for storage in Storage
    }
    quick = ("memory-5x3", "registers-1x1", "registers-5x3")
    search = 8
    bugs: ClassVar = {
        "a word is what was written last": writes_without_a_strobe,
        "a word stays until the next read": shows_what_is_written,
    }

    def properties(self, m: Module) -> None:
        """Follow a row from write to read."""
        dut, params = self.dut, self.params
        registers = params.storage is Storage.REGISTERS
        row = self.any_value("row", params.rows)
        self.assumes("rows that there are: read", dut.row < params.rows)
        self.assumes("rows that there are: write", dut.write_row < params.rows)
        self.assumes("read and write do not come together", ~(dut.read & dut.write))

        def kept(name: str, width: int = 1) -> Signal:
            return Signal(width, name=name, reset_less=not registers)

        written = kept("written", params.columns)
        with m.If(dut.write & (dut.write_row == row)):
            m.d.sync += written.eq(dut.write_word)
        before, shown = (kept(name, params.columns) for name in ("before", "shown"))
        mine, any_read, begun = (kept(name) for name in ("mine", "any_read", "begun"))
        m.d.sync += [
            before.eq(written), shown.eq(dut.word), any_read.eq(dut.read), begun.eq(1),
            mine.eq(dut.read & (dut.row == row)),
        ]  # fmt: skip
        self.holds("a word is what was written last", ~mine | (dut.word == before))
        self.holds("a word stays until the next read", any_read | ~begun | (dut.word == shown))
        if registers:
            held = Array(self.inside(f"row_{k}") for k in range(params.rows))[row]
        else:
            held = self.contents("words", row)
        self.helps("the row", written == held)
        self.reaches("ones are read", mine & dut.word.all())


PROOF = SynapseMemoryProof

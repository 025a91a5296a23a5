"""A bug that is put into a circuit gets everywhere."""

from dataclasses import replace
from typing import Any

from goldspike.cosim.imc.array import ArrayBench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.array import Array
from goldspike.hdl.imc.dataflow_controller import DataflowController
from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.hdl.verilog import to_rtlil

PARAMS = replace(ArrayBench.configs["shortcut"], brief=True)


def test_a_bug_gets_into_parts_of_parts_that_are_repeated() -> None:
    found: list[int] = []

    @bug_in(Array, DataflowController.advance)
    def goes_on(self: DataflowController, m: Any) -> None:
        found.append(self.layer.kernel)
        DataflowController.advance(self, m)

    to_rtlil(goes_on(PARAMS))
    kinds = {core: core.layer.kernel for core in PARAMS.circuits}
    assert len(kinds) < len(PARAMS.circuits)  # some are repeated
    assert sorted(found) == sorted(kinds.values())


def test_statements_get_into_every_part_of_a_class() -> None:
    found: list[int] = []

    @bug_in(Array, at=OutputMemory)
    def notes(m: Any, memory: OutputMemory, inside: Any) -> None:
        found.append(memory.params.pixels)

    to_rtlil(notes(PARAMS))
    last = [core for core in set(PARAMS.circuits) if core.residual_in]
    assert found.count(PARAMS.stages[3].held) == len(last)
    assert len(found) >= len(set(PARAMS.circuits))

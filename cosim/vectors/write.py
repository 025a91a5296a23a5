"""Test vectors: a circuit's Verilog with all that it takes to check it without Python.

The stimulus is the bench's, the expectation the golden model's alone: no circuit is simulated here.
A testbench in plain Verilog (IEEE 1364-2005) replays the one and compares the trace word with the
other after every tick. Same circuit, configuration, seed and steps: same bytes.
"""

from pathlib import Path

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.bench.scoreboard import as_parts, expected_pins
from goldspike.cosim.vectors.testbench import Part, digits, testbench
from goldspike.hdl.verilog import module_name, to_verilog
from goldspike.model.errors import InputError
from goldspike.model.files import write_atomically

__all__ = ["find_parts", "write_vectors"]

IDLE_TICKS = 40
"""Ticks simulated beyond the last row and record: nothing may follow."""


def offsets(dtype: np.dtype) -> dict[str, int]:
    """Return where the fields begin, in bytes."""
    return {name: place[1] for name, place in (dtype.fields or {}).items()}


def find_parts(word: np.dtype, expected: dict[str, np.ndarray]) -> list[Part]:
    """Return where in the trace word, laid out as `word`, the expected parts lie.

    A part of a part is called ``core0.memory``. What a bench works out of other parts, and the word
    does not contain, such as the safety of a memory's accesses, is left out.
    """
    fields = offsets(word)
    parts = []
    for name, records in expected.items():
        own = offsets(records.dtype)
        begin = own.pop("tick") + 8
        path = name.replace(".", "_")
        if path and path not in fields:
            continue
        whole = {key: fields[f"{path}_{key}" if path else key] for key in own}
        first = min(whole.values())
        assert {key: place - begin for key, place in own.items()} == {
            key: place - first for key, place in whole.items()
        }, "the part is laid out as in the word"
        steps = [name[:k] for k in range(1, len(name) + 1) if name[k : k + 1] in (".", "")]
        flags = tuple(fields[step.replace(".", "_")] for step in steps)
        parts.append(Part(name, first, records.dtype.itemsize - begin, flags, records))
    return parts


def write_vectors(bench: type[Bench], config: str, *, seed: int, steps: int, folder: Path) -> int:
    """Write a circuit, its stimulus, its expected records and a testbench.

    Parameters
    ----------
    bench, config
        The bench and the name of one of its configurations.
    seed, steps : int
        Seed and length of the stimulus.
    folder : Path
        Where the files go.

    Returns
    -------
    int
        How many records are expected.

    Raises
    ------
    InputError
        If the circuit has no clock, the run is too short for a single record, or a file cannot be
        written.
    """
    if not bench.clocked:
        raise InputError(
            f"{bench.circuit} is self-timed, but test vectors need a clock; "
            f"{bench.circuit.replace('/cell/', '/')} has one."
        )
    job = bench(config)
    component = job.make()
    rows = job.stimulus(np.random.default_rng(seed), steps)
    expected = job.expect(rows)
    parts = find_parts(job.layout.dtype, as_parts(expected))
    count = sum(part.records.size for part in parts)
    if not count:
        raise InputError(f"{bench.circuit} ({config}) records nothing in {steps} steps.")
    name = module_name(component)
    made = f"goldspike vectors {bench.circuit} --config {config} --seed {seed} --steps {steps}"
    ports = Ports.of(component)
    ends = [int(found["tick"][-1]) for found in (rows, *(p.records for p in parts)) if found.size]
    last = max(ends) + IDLE_TICKS
    verilog = to_verilog(component)
    pins = pin_lines(ports, *expected_pins(job, rows, expected))
    sizes = {"rows": rows.size, "pins": pins.count("\n"), "last": last}
    files = {
        f"{name}.v": verilog,
        "stimulus.hex": stimulus_lines(ports, rows),
        **{f"expected{part.suffix}.hex": record_lines(part.records) for part in parts},
        "expected_pins.hex": pins,
        f"{name}_tb.v": testbench(name, made, verilog, ports, parts, **sizes),
        "README.txt": readme(name, made, count, ports, parts),
    }
    for file, text in files.items():
        write_atomically(folder / file, lambda stream, text=text: stream.write(text.encode()))
    return count


def hexadecimal(raw: np.ndarray, count: int) -> list[str]:
    """Return rows of little-endian bytes as numbers of `count` digits."""
    return [row.tobytes().hex()[-count:].rjust(count, "0") for row in raw[:, ::-1]]


def as_bytes(values: np.ndarray) -> np.ndarray:
    """Return an array's elements as rows of bytes."""
    return np.ascontiguousarray(values).view(np.uint8).reshape(len(values), -1)


def lines(columns: list[list[str]]) -> str:
    """Return one line per row, columns apart by underscores, which Verilog reads over."""
    return "".join("_".join(row) + "\n" for row in zip(*columns, strict=True))


def stimulus_lines(ports: Ports, rows: np.ndarray) -> str:
    """Return the rows as hexadecimal: the tick, then every input."""
    columns = [hexadecimal(as_bytes(rows["tick"]), 16)]
    for name, width in ports.inputs.items():
        columns.append(hexadecimal(as_bytes(rows[name]), digits(width)))
    return lines(columns)


def record_lines(records: np.ndarray) -> str:
    """Return the records as hexadecimal: the tick, then the word."""
    if not records.size:
        return ""
    raw = as_bytes(records)
    return lines([hexadecimal(raw[:, :8], 16), hexadecimal(raw[:, 8:], 2 * (raw.shape[1] - 8))])


def pin_lines(ports: Ports, pins: np.ndarray, free: np.ndarray) -> str:
    """Return what is expected of the output pins: the tick, which bits are free, and all values."""
    ticks = np.unique(np.concatenate([pins["tick"], free["tick"]]))
    columns = [hexadecimal(as_bytes(ticks), 16)]
    for part in (free, pins):
        held = part[np.searchsorted(part["tick"], ticks, side="right") - 1]
        for name, width in ports.outputs.items():
            columns.append(hexadecimal(as_bytes(held[name]), digits(width)))
    return lines(columns)


def readme(name: str, made: str, count: int, ports: Ports, parts: list[Part]) -> str:
    """Return the text that says how to run it and what the digits mean."""
    inputs = "".join(f"  {port}: {width} bits\n" for port, width in ports.inputs.items())
    words = []
    for part in parts:
        words.append(f"\nexpected{part.suffix}.hex: {part.records.size} records\n")
        for key, (kind, offset, *_) in (part.records.dtype.fields or {}).items():
            size = f"{8 * kind.base.itemsize} bits" + "".join(f" x {n}" for n in kind.shape)
            if key != "tick":
                words.append(f"  from bit {8 * offset - 64}: {key}, {size}\n")
    pins = "".join(f"  {port}: {width} bits\n" for port, width in ports.outputs.items())
    return README.format(
        name=name, made=made, count=count, inputs=inputs, words="".join(words), pins=pins
    )


README = """\
Test vectors of {name}, {count} records, made by
  {made}

Run in this folder, with Icarus Verilog or with Verilator (5.036 or newer). It prints
"PASS: {count} records equal" or a line that starts with "FAIL"; grep makes an exit code of that.

  iverilog -g2005 -s {name}_tb -o tb {name}.v {name}_tb.v
  vvp -n tb | tee result.txt; grep -q ^PASS result.txt

  verilator --binary --timing -Wno-fatal -Wno-lint --timescale 1ns/1ps \\
    --top-module {name}_tb {name}.v {name}_tb.v
  obj_dir/V{name}_tb | tee result.txt; grep -q ^PASS result.txt

Compile with -DWAVES (Verilator: and --trace-vcd) to get waves.vcd.

stimulus.hex, one row per line, hexadecimal: the tick (16 digits), then the inputs, which hold until
the next row, each in as few digits as it takes:
{inputs}
Expected records, one per line: the tick after which the word was seen (16 digits), then the word.
Elements of a field follow each other, the first in the lowest bits, each padded with zeros.

expected_pins.hex, one line per change: the first tick whose rising edge meets these pins (16
digits); which of their bits may have any value; their values. Each pin is in as few digits as it
takes, in this order, and holds until the next line:
{pins}{words}"""

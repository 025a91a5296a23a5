"""What the C++ faces of clocked and self-timed circuits share: ports to bytes and back."""

from goldspike.cosim.bench.ports import Ports

__all__ = ["transfers"]


def transfers(ports: Ports) -> tuple[str, str, int]:
    """Return what copies a row to the inputs, what copies the outputs, and the bytes of a row."""
    apply, offset = [], 8
    for name in ports.inputs:
        apply.append(f"    memcpy(&top.{name}, row + {offset}, sizeof top.{name});")
        offset += ports.stimulus_dtype[name].itemsize
    read, place = [], 0
    for name in ports.outputs:
        read.append(f"    memcpy(out + {place}, &top.{name}, sizeof top.{name});")
        place += ports.output_dtype[name].itemsize
    return "\n".join(apply), "\n".join(read), offset

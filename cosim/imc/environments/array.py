"""Around an array: images in, answers out, as around a chain."""

from typing import ClassVar

from goldspike.cosim.imc.array import ArrayBench
from goldspike.cosim.imc.environments.chain import ChainEnvironment

__all__ = ["ENVIRONMENT", "ArrayEnvironment"]


class ArrayEnvironment(ChainEnvironment):
    """Every image has its answer, whatever its layers are cut into."""

    bench: ClassVar = ArrayBench
    configs: ClassVar = ("rows", "stalling")


ENVIRONMENT = ArrayEnvironment

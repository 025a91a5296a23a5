"""Around a macro: who sends it vectors, who takes products, and who writes cells at any moment."""

from typing import ClassVar

from goldspike.cosim.bench.environment import Drive, Environment, Partner
from goldspike.cosim.bench.partners import Link, Passage, receiver, sender, whims, words
from goldspike.model.errors import LockstepError
from goldspike.model.rram.macro import MacroParams

__all__ = ["ENVIRONMENT", "MacroEnvironment"]

VECTORS = 80


class MacroEnvironment(Environment):
    """Every vector has its products, once and in order, with the cells as it was started."""

    params: MacroParams
    configs: ClassVar = ("5x4", "one")
    controls: ClassVar = ("write",)

    def meet(self) -> list[Partner]:
        """Open the accounts of words and products; write all rows before the first vector."""
        params, rng = self.params, self.rng
        bits = params.lanes * params.input_bits
        self.kinds = [
            (int(rng.integers(len(params.precisions))), int(rng.integers(2)))
            for _ in range(VECTORS)
        ]
        columns = [params.columns // params.precisions[kind] for kind, _ in self.kinds]
        self.products = Passage("products", sum(columns))
        self.accounts.append(self.products)
        self.cells = [0] * params.rows
        self.words: list[int] = []
        self.started, self.written = 0, False
        self.ends: list[int] = []
        """How many products have left with each vector's last one."""
        given, noise = words(rng, VECTORS * params.words, bits), words(rng, 1 << 20, bits)
        source = Link("in_valid", "in_data", "in_ready", bits)
        end = Link("out_valid", "out_data", "out_ready", params.product_bits)
        willing = (up and self.written for up in whims(rng))
        return [
            sender(source, given, willing, self.words.append, noise),
            self.describe(),
            self.writes(),
            self.watch(),
            receiver(end, whims(rng), self.products.leave),
        ]

    def aftermath(self) -> list[tuple[int, Drive]]:
        """Let a whole vector through: the golden model's results are those of one at least."""
        return [(self.params.words, {"in_valid": 1}), (1, {"out_ready": 1})]

    def describe(self) -> Partner:
        """Show precision and sign with a vector's first word, and anything with the others."""
        rng, top = self.rng, len(self.params.precisions)
        while True:
            vector, word = divmod(len(self.words), self.params.words)
            kind = (int(rng.integers(top)), int(rng.integers(2)))
            if word == 0 and vector < VECTORS:
                kind = self.kinds[vector]
            _ = yield {"precision": kind[0], "signed_inputs": kind[1]}

    def writes(self) -> Partner:
        """Write every row, then any at any time; what `write_ready` does not allow is refused."""
        params, rng = self.params, self.rng
        yield {}
        willing, rows = whims(rng, (0.5, 0.05, 0.0)), list(range(params.rows))
        while True:
            if not (rows or next(willing)):
                yield {"write_data": next(words(rng, 1, params.columns))}
                continue
            row = rows.pop() if rows else int(rng.integers(params.rows))
            (data,) = words(rng, 1, params.columns)
            seen = yield {"write": 1, "write_row": row, "write_data": data}
            if seen["write_ready"]:
                self.cells[row] = data
            self.written = not rows

    def watch(self) -> Partner:
        """Work out what is due as a vector is started, which `write_ready` shows by its fall."""
        before = 1
        while True:
            seen = yield {}
            if before and not seen.next("write_ready"):
                self.start()
            before = seen.next("write_ready")
            ends = self.products.left + 1 in self.ends
            if seen["out_valid"] and bool(seen["out_last"]) != ends:
                raise LockstepError(f"product {self.products.left} is wrongly the last, or not")

    def start(self) -> None:
        """Multiply the oldest vector that waits with the cells as they are."""
        params, kind = self.params, self.kinds[self.started]
        first = self.started * params.words
        taken = self.words[first : first + params.words]
        if len(taken) < params.words:
            raise LockstepError(f"vector {self.started} is started after {len(self.words)} words")
        size, bits = params.input_bits, params.precisions[kind[0]]
        lanes = [word >> k * size & (1 << size) - 1 for word in taken for k in range(params.lanes)]
        inputs = [number(lane, size) if kind[1] else lane for lane in lanes]
        for column in range(0, params.columns, bits):
            cells = [row >> column & (1 << bits) - 1 for row in self.cells]
            weights = [number(cell, bits) if bits > 1 else cell for cell in cells]
            product = sum(x * w for x, w in zip(inputs, weights, strict=False))
            self.products.enter(product & (1 << params.product_bits) - 1)
        self.ends.append(self.products.entered)
        self.started += 1


def number(lines: int, bits: int) -> int:
    """Return a two's complement number."""
    half = 1 << bits - 1
    return (lines ^ half) - half


ENVIRONMENT = MacroEnvironment

"""Every bench is seen to fail: the bugs that the tests put into circuits, and the page of them.

A bug is a class, or a function under ``bug_in``, whose docstring begins with ``Bug: ``. To renew
the page: ``python tests/test_bugs.py``.
"""

import ast
import re
from pathlib import Path

import pytest

from goldspike.cosim.bench.circuits import circuits

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "bugs.md"
MARK = "Bug: "

HEAD = """\
# Seeded bugs

A check must be able to fail. Each row is a circuit with a bug put in on purpose, and the bench that
catches it; `make verify` runs them all. The names are those in the named test, from which this page
is made (`python tests/test_bugs.py`).

| bug | name | caught by |
|---|---|---|
"""
FOOT = """
Every property of `proofs/` has a seeded bug as well, beside it; see [proofs](proofs.md).
"""

FILES = [ROOT / "tests" / "conftest.py", *sorted((ROOT / "tests" / "cosim").rglob("*.py"))]


def bugs() -> list[tuple[str, str, str]]:
    """Return what each bug is, its name, and the file that it is in."""
    return [
        (text.partition("\n")[0].removeprefix(MARK).rstrip("."), node.name, str(file))
        for path in FILES
        for file in (path.relative_to(ROOT),)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and (text := ast.get_docstring(node) or "")
        if text.startswith(MARK)
    ]


def page() -> str:
    """Return the page of all bugs."""
    rows = "".join(f"| {what} | `{name}` | `{file}` |\n" for what, name, file in bugs())
    return HEAD + rows + FOOT


def test_the_page_is_made_from_the_bugs() -> None:
    assert PAGE.read_text() == page(), "renew: python tests/test_bugs.py"


@pytest.mark.parametrize("circuit", circuits())
def test_every_bench_has_a_bug_to_catch(circuit: str) -> None:
    folder, _, stem = circuit.rpartition("/")
    assert f"tests/cosim/{folder}/test_{stem}.py" in {file for _, _, file in bugs()}


@pytest.mark.parametrize(("name", "file"), [bug[1:] for bug in bugs()])
def test_every_bug_is_put_into_a_circuit(name: str, file: str) -> None:
    uses = re.findall(rf"\b{name}\b", (ROOT / file).read_text())
    assert len(uses) >= 2


if __name__ == "__main__":
    PAGE.write_text(page())

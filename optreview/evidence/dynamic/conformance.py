"""What the probes ask and what failing them means, read from their files: nothing of them is imported."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from optreview.plugins import ids

PROBES = "optreview.evidence.dynamic.probes"
#: The unit of a probe that passes or fails; others describe, with a word of their own.
OUTCOME = "outcome"
OUTCOMES = PASS, FAIL, BY_DESIGN = "pass", "fail", "differs-by-design"
#: The class attributes that are documentation.
_TEXTS = ("care", "failing", "designed", "source", "unit")


@dataclass(frozen=True)
class Question:
    """A probe's documentation.

    Attributes:
        id: The file's name.
        title: The question, as one line.
        how: How it is asked.
        care: How much users care: ``high``, ``medium`` or ``low``.
        failing: What a failure means to whoever trains with the optimizer.
        designed: Who by design does otherwise; empty where nobody should.
        source: The page behind the question.
        unit: ``outcome`` or ``verdict``.
    """

    id: str
    title: str
    how: str
    failing: str
    source: str
    care: str = "medium"
    designed: str = ""
    unit: str = OUTCOME


@cache
def catalogue() -> tuple[Question, ...]:
    """Every probe's documentation, in the order of the ids."""
    folder = Path(__file__).with_name("probes")
    return tuple(_question(folder / f"{each}.py") for each in ids(PROBES))


def _question(path: Path) -> Question:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    cls = next(
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Probe" for base in node.bases)
    )
    title, _, how = inspect.cleandoc(ast.get_docstring(cls) or "").partition("\n\n")
    assigned = ((ast.unparse(n.targets[0]), n.value) for n in cls.body if isinstance(n, ast.Assign))
    texts = {name: ast.literal_eval(value) for name, value in assigned if name in _TEXTS}
    return Question(id=path.stem, title=" ".join(title.split()), how=how, **texts)

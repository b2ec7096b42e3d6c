"""How weight decay enters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.departures._departure import Departed, Departure, ruled
from optreview.evidence.dynamic.rule.kinship.rewriting import everywhere
from optreview.notation.syntax import Name, Number, Operation, Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.kinship.rewriting import Lines
    from optreview.evidence.dynamic.rule.kinship.subject import Subject
    from optreview.notation.syntax import Expression


class WeightDecay(Departure):
    """Weight decay of the paper's is added to the gradient or taken from the weights otherwise."""

    def variants(self, paper: Subject, code: Subject) -> Iterator[Departed]:  # noqa: ARG002
        """The paper's is taken out, and put in each of the places that implementations know."""
        names = sorted(paper.skeleton.decay)
        if len(names) != 1:
            return
        name = Name(names[0])
        bare = everywhere(paper.rule.lines, lambda node: Number(0.0) if node == name else None)
        rate = Name("lr") if "lr" in paper.hyperparameters else Number(1.0)
        for lines, told, unit in (
            (_coupled(bare, name), "adds it to the gradient", False),
            (
                _taken(bare, Operation("*", rate, name)),
                "takes lr · weight decay of the weights from them",
                True,
            ),
            (_taken(bare, name), "takes weight decay of the weights from them, whatever the lr", True),
        ):
            rule = ruled(lines)
            if rule is not None and lines != paper.rule.lines:
                said = "has weight decay elsewhere"
                yield Departed(rule, said, told, frozenset({names[0]}), unit=unit)


def _coupled(lines: Lines, name: Name) -> Lines:
    decayed = Operation("+", Name("g"), Operation("*", name, Name("p")))
    return everywhere(lines, lambda node: decayed if node == Name("g") else None)


def _taken(lines: Lines, share: Expression) -> Lines:
    kept = []
    for line in lines:
        if isinstance(line, Update) and line.name == "p":
            shrunk = Operation("-", line.value, Operation("*", share, Name("p")))  # type: ignore[arg-type]
            kept.append(Update("p", shrunk))
        else:
            kept.append(line)  # type: ignore[arg-type]
    return tuple(kept)

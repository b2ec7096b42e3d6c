"""What a step computes: the equations of both, as far as they are proven, line by line."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from optreview.records import ComparedTable
from optreview.report.compare.pair import in_run, row, told, untold

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.records import Answer, ComparedRow, DynamicEvidence
    from optreview.records.rule import Equations, UpdateRule
    from optreview.report.compare.pair import Pair

PLACE = 20
_PARAMETER = "p"
_MATRIX = 2
_SIGNS = ("←", "=")


def tables(pair: Pair) -> tuple[ComparedTable, ...]:
    """How the rules were recorded and proven, then the equations, for a vector too where these differ."""
    found = [dynamic.rule for dynamic in pair.runs if dynamic.rule]
    if not found:
        return ()
    dimensions = sorted({each.dimensions for rule in found for each in rule.equations}, reverse=True)
    rows = {each: _equations(pair, each) for each in dimensions}
    return (
        ComparedTable(id="proof", rows=_proof(pair)),
        *(
            ComparedTable(id=f"equations:{each}", rows=own)
            for each, own in rows.items()
            if each == _MATRIX or own != rows.get(_MATRIX)
        ),
    )


def _proof(pair: Pair) -> tuple[ComparedRow, ...]:
    said: tuple[tuple[str, str, Callable[[UpdateRule], Answer]], ...] = (
        ("settings", "Recorded with", lambda rule: told(_listed(rule) or "its defaults")),
        ("program", "Replayed as a program", lambda rule: told(rule.program.verdict, rule.program.reason)),
        ("equations", "Run as equations", _verdict),
    )
    return tuple(
        pair.measured(name, label, "word", partial(_of_rule, read=read), None) for name, label, read in said
    )


def _of_rule(dynamic: DynamicEvidence, *, read: Callable[[UpdateRule], Answer]) -> Answer:
    return read(dynamic.rule) if dynamic.rule else untold("Its record does not hold its update rule.")


def _listed(rule: UpdateRule) -> str:
    return ", ".join(f"{each.name}={each.value}" for each in rule.settings)


def _verdict(rule: UpdateRule) -> Answer:
    """Proven where all of its equations are."""
    proofs = [each.proof for each in rule.equations]
    if not proofs:
        return untold("There is no program to read equations from.")
    errors = [each.error for each in proofs if each.error is not None]
    worst = f"error {max(errors):.1g}" if errors else ""
    failed = [each.reason or worst for each in proofs if each.verdict != "proven"]
    return told("unproven", failed[0]) if failed else told("proven", worst)


# ---- the equations


def _equations(pair: Pair, dimensions: int) -> tuple[ComparedRow, ...]:
    """A row for each name that is assigned, the parameter first; compared as they are written."""
    sides = [_lines(each.evidence.dynamic, dimensions) for each in (pair.a, pair.b)]
    names = sorted({name for each in sides for name in each}, key=lambda name: (name != _PARAMETER, name))
    rows = []
    for name in names:
        a, b = (
            in_run(review, partial(_line, name=name, dimensions=dimensions)) for review in (pair.a, pair.b)
        )
        rows.append(row(name, name, "equation", a, b))
    return tuple(rows)


def _line(dynamic: DynamicEvidence, *, name: str, dimensions: int) -> Answer:
    lines = _lines(dynamic, dimensions)
    if lines:
        return (
            told(lines[name]) if name in lines else untold("It assigns none of that name.", "not-applicable")
        )
    return untold(
        "Its equations are not proven." if dynamic.rule else "Its record does not hold its update rule."
    )


def _lines(dynamic: DynamicEvidence | None, dimensions: int) -> dict[str, str]:
    """What is assigned to each name by the equations for such a tensor; none unless they are proven."""
    found = _proven(dynamic.rule, dimensions) if dynamic and dynamic.rule else None
    lines: dict[str, str] = {}
    for line in found.text.splitlines() if found else ():
        name, sign, value = _split(line)
        if sign:
            lines[name] = f"{lines[name]}; {sign} {value}" if name in lines else f"{sign} {value}"
    return lines


def _proven(rule: UpdateRule, dimensions: int) -> Equations | None:
    """The equations for such a tensor; those for a matrix hold for a vector that has none of its own."""
    own = {each.dimensions: each for each in rule.equations}
    found = own.get(dimensions) or own.get(_MATRIX)
    return found if found and found.proof.verdict == "proven" else None


def _split(line: str) -> tuple[str, str, str]:
    """Name, sign and value; the sign is empty in a line that assigns nothing."""
    for sign in _SIGNS:
        name, found, value = line.partition(f" {sign} ")
        if found:
            return name.strip(), sign, value.strip()
    return line, "", ""

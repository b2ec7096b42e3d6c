"""The equations of an optimizer on a matrix and on a vector, each with its proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.failures import quoted
from optreview.evidence.dynamic.phases import LateError
from optreview.evidence.dynamic.rule.equations.check import STEPS, Check, check
from optreview.evidence.dynamic.rule.equations.operations import UnlowerableError
from optreview.evidence.dynamic.rule.equations.rule import rule, writer
from optreview.evidence.dynamic.rule.equations.ways import leaves, read, recorded
from optreview.evidence.dynamic.rule.language import parse, render
from optreview.evidence.dynamic.rule.program.budget import UntraceableError
from optreview.notation.faults import RuleError
from optreview.notation.printer import expression
from optreview.records import Equations, EquationsProof, Option, StateRole
from optreview.records.rule import PROVEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.equations.roles import Role
    from optreview.evidence.dynamic.rule.equations.ways import Reading, Recorded
    from optreview.evidence.dynamic.rule.program.settings import Settings
    from optreview.evidence.dynamic.trials.stage import Shape, Stage
    from optreview.notation.names import Names

#: Sides that no constant of an algorithm is likely to be, and others to check on.
MATRIX, OTHER_MATRIX = (11, 7), (5, 13)
VECTOR, OTHER_VECTOR = (17,), (6,)
#: Ways of writing it: sizes in place of numbers, the first step as a case of its own, or left out.
_TRIES = (
    (True, False, False),
    (True, True, False),
    (False, False, False),
    (False, True, False),
    (True, False, True),
    (False, False, True),
)

#: No text is no rule, however well it foretells a tensor that stays where it is.
_NOTHING = EquationsProof(
    verdict="unproven", reason="A step changes nothing where there is one tensor alone."
)


def equations(stage: Stage, settings: Settings, others: Settings) -> tuple[Equations, ...]:
    """What a step does to a matrix and to a vector; one of them where both are the same.

    Args:
        stage: The class and how it is driven.
        settings: Constructor arguments under which the rule is read.
        others: Those under which it is checked.
    """
    found: list[Equations] = []
    for shape, other in ((MATRIX, OTHER_MATRIX), (VECTOR, OTHER_VECTOR)):
        if stage.plan.accepts(shape) and stage.plan.accepts(other):
            made = _on(stage, settings, others, shape, other)
            if all(made.text != each.text or not made.text for each in found):
                found.append(made)
    return tuple(found)


def _on(stage: Stage, settings: Settings, others: Settings, shape: Shape, other: Shape) -> Equations:
    """The first way of writing it that is proven, else the one that comes closest."""
    best: Equations | None = None
    reason = ""
    steps: Recorded | None = None
    for sized, first, later in _TRIES:
        try:
            steps = steps or recorded(stage, settings, shape)
            reading = read(steps, sized=sized, first=first)
            made = _checked(
                reading, stage, (settings, others), (shape, other if sized else shape), later=later
            )
        except LateError:
            raise
        except UntraceableError as error:
            reason = str(error)
            break
        except UnlowerableError as error:
            reason = reason or f"It has no equations: {error}."
        except Exception as error:  # noqa: BLE001 - reviewed code raises what it likes, and algebra has limits
            reason = reason or f"Writing its equations broke down: {stage.said(error)}."
        else:
            if best is None or _error(made) < _error(best):
                best = made
            if made.proof.verdict == "proven":
                break
    if best is None:
        proof = EquationsProof(verdict="unproven", reason=quoted(reason))
        return Equations(dimensions=len(shape), proof=proof)
    return best


def _error(made: Equations) -> float:
    return float("inf") if made.proof.error is None else made.proof.error


def _checked(
    reading: Reading,
    stage: Stage,
    settings: tuple[Settings, Settings],
    shapes: tuple[Shape, Shape],
    *,
    later: bool,
) -> Equations:
    text = render(rule(reading))
    try:
        parse(text)
    except RuleError as error:  # too long or too deep to be read
        raise UnlowerableError(f"they cannot be written: {error}") from error
    found = check(text, reading, stage, settings[1], shapes[1], later=later)
    varied = True
    if found.error is None or not found.error < PROVEN:
        # other numbers may lead along a way that was not read
        again = check(text, reading, stage, settings[0], shapes[1], later=later)
        if again.error is not None:
            found, varied = again, False
    return Equations(
        dimensions=len(shapes[0]),
        text=text,
        proof=_proof(found, varied=varied, later=later) if text else _NOTHING,
        roles=tuple(_roles(reading, dict(found.initial))),
        places=tuple(_places(reading, text)),
        blocks=tuple(sorted(_names(text).blocks)),
        casts=tuple(sorted({*reading.casts, *found.rounded})),
    )


def _proof(found: Check, *, varied: bool, later: bool) -> EquationsProof:
    if found.error is None:
        return EquationsProof(verdict="unproven", reason=quoted(found.problem))
    figure = float(f"{found.error:.1g}")
    if not figure < float("inf"):
        return EquationsProof(
            verdict="unproven", steps=STEPS, reason="What they compute does not stay finite."
        )
    return EquationsProof(
        verdict="proven" if found.error < PROVEN else "unproven",
        error=figure,
        steps=STEPS - later,
        varied=varied,
        later=later,
        unrounded=found.rounded,
    )


def _names(text: str) -> Names:
    try:
        return parse(text).names
    except RuleError:
        return parse("p ← p").names


def _roles(reading: Reading, initial: dict[str, str]) -> Iterator[StateRole]:
    written = writer(reading)
    seen: dict[str, Role] = {}
    for leaf in leaves(reading.tree):
        for symbol, role in leaf.roles.items():
            seen.setdefault(symbol.name, role)
    places = {symbol.name: place for symbol, place in reading.symbols.place.items()}
    for name, role in sorted(seen.items()):
        yield StateRole(
            name=name,
            place=_place(places.get(name, name)),
            kind=role.kind,
            of="" if role.of is None else expression(written.expression(role.of)),
            decay="" if role.decay is None else expression(written.expression(role.decay)),
            initial=initial.get(name, ""),
        )
    for place in sorted(reading.counters):
        yield StateRole(name=reading.symbols(place).name, place=_place(place), kind="counter")


def _places(reading: Reading, text: str) -> Iterator[Option]:
    names = _names(text)
    for symbol, place in sorted(reading.symbols.place.items(), key=lambda each: each[0].name):
        if symbol.name in names.read | names.state and symbol.name not in {"p", "g"}:
            yield Option(name=symbol.name, value=_place(place))


def _place(place: str) -> str:
    """Without the numbers of the parameter and of the group."""
    kind, _, rest = place.partition(".")
    first, _, more = rest.partition(".")
    return f"{kind}.{more}" if kind in {"state", "group"} and first.isdigit() and more else place

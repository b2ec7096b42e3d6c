"""The equations of an optimizer on a matrix and on a vector, each with its proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from msgspec import structs

from optreview.evidence.dynamic.failures import quoted
from optreview.evidence.dynamic.phases import LateError
from optreview.evidence.dynamic.rule.equations import telling
from optreview.evidence.dynamic.rule.equations.check import STEPS as CHECKED
from optreview.evidence.dynamic.rule.equations.check import Check, check
from optreview.evidence.dynamic.rule.equations.operations import UnlowerableError
from optreview.evidence.dynamic.rule.equations.recording import recorded
from optreview.evidence.dynamic.rule.equations.rule import origins, rule
from optreview.evidence.dynamic.rule.equations.taken import along
from optreview.evidence.dynamic.rule.equations.ways import ManyError, read
from optreview.evidence.dynamic.rule.language import parse, render
from optreview.evidence.dynamic.rule.program.budget import UntraceableError
from optreview.evidence.dynamic.rule.program.variants import FEWER, STEPS
from optreview.notation.faults import RuleError
from optreview.records import (
    EquationLine,
    Equations,
    EquationsProof,
    Location,
    OriginLine,
)
from optreview.records.rule import PROVEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from optreview.evidence.dynamic.rule.equations.origins import Marks
    from optreview.evidence.dynamic.rule.equations.recording import Recorded
    from optreview.evidence.dynamic.rule.equations.ways import Reading
    from optreview.evidence.dynamic.rule.program.settings import Settings
    from optreview.evidence.dynamic.trials.stage import Shape, Stage

    Initial = tuple[tuple[str, str], ...]

#: Sides that no constant of an algorithm is likely to be, and others to check on.
MATRIX, OTHER_MATRIX = (11, 7), (5, 16)
#: With more rows than columns, as the first of them.
_TALL = (16, 5)
VECTOR, OTHER_VECTOR = (17,), (6,)


@dataclass(frozen=True)
class Try:
    """A way of writing it: see ``read`` and ``check``."""

    sized: bool = True
    tall: bool = False
    first: bool = False
    later: bool = False


_TRIES = (
    Try(),
    Try(tall=True),
    Try(first=True),
    Try(tall=True, first=True),
    Try(sized=False),
    Try(sized=False, first=True),
    Try(later=True),
    Try(sized=False, later=True),
)

#: No text is no rule, however well it foretells a tensor that stays where it is.
_NOTHING = EquationsProof(
    verdict="unproven", reason="A step changes nothing where there is one tensor alone."
)


def equations(
    stage: Stage, settings: Settings, others: Settings, *, settled: bool = False
) -> Iterator[Equations]:
    """What a step does to a matrix and to a vector; one of them where both are the same.

    Args:
        stage: The class and how it is driven.
        settings: Constructor arguments under which the rule is read.
        others: Those under which it is checked.
        settled: All ways are known to show in the first few steps; if what these give is not proven, more
            are looked at.
    """
    texts: set[str] = set()
    for shape, other in ((MATRIX, OTHER_MATRIX), (VECTOR, OTHER_VECTOR)):
        if stage.plan.accepts(shape) and stage.plan.accepts(other):
            steps = _recorded(stage, settings, shape, FEWER if settled else STEPS)
            made = _written(stage, settings, others, steps, other)
            if settled and made.proof.verdict != "proven":
                more = _recorded(stage, settings, shape, STEPS)
                if _ways(more) > _ways(steps):
                    made = _written(stage, settings, others, more, other)
            if made.text not in texts or not made.text:
                yield made
            texts.add(made.text)


def _recorded(stage: Stage, settings: Settings, shape: Shape, taken: int) -> Recorded | Equations:
    """Its steps; where they cannot be recorded, equations that say so."""
    try:
        return recorded(stage, settings, shape, steps=taken)
    except UntraceableError as error:
        return _none(shape, str(error))
    except LateError:
        raise
    except Exception as error:  # noqa: BLE001 - reviewed code raises what it likes
        return _none(shape, _reason(stage, error))


def _ways(steps: Recorded | Equations) -> int:
    return 0 if isinstance(steps, Equations) else len(steps.ways)


def _written(
    stage: Stage, settings: Settings, others: Settings, steps: Recorded | Equations, other: Shape
) -> Equations:
    """With the ways that are taken under extremes alone, or if these cannot be written, without."""
    made = _on(stage, settings, others, steps, other)
    if made.proof.verdict == "proven" or isinstance(steps, Equations) or not steps.extremes:
        return made
    plain = _on(stage, settings, others, steps.without_extremes(), other)
    return structs.replace(plain, lacking=steps.extremes) if plain.text else made


def _on(
    stage: Stage, settings: Settings, others: Settings, steps: Recorded | Equations, other: Shape
) -> Equations:
    """The first way of writing it that is proven, else the one that comes closest."""
    if isinstance(steps, Equations):
        return steps
    shape = steps.shape
    best: Equations | None = None
    lines: list[tuple[str, Marks]] = []
    reason = ""
    seen: set[tuple[str, Shape, bool]] = set()
    for each in _TRIES:
        try:
            reading = read(steps, sized=each.sized, tall=each.tall, first=each.first)
            whole = rule(reading)
            text = render(whole)
            shapes = (shape, other if each.sized else shape)
            if (text, shapes[1], each.later) in seen:
                continue
            seen.add((text, shapes[1], each.later))
            made = _checked(text, reading, stage, (settings, others), shapes, later=each.later)
        except LateError:
            raise
        except ManyError as error:
            return _commonest(stage, others, steps) or _none(shape, _reason(stage, error))
        except Exception as error:  # noqa: BLE001 - reviewed code raises what it likes, and algebra has limits
            reason = reason or _reason(stage, error)
            continue
        if best is None or _error(made) < _error(best):
            best, lines = made, list(origins(reading, whole))
        if made.proof.verdict == "proven":
            only = "" if each.sized else _only(made, reading, stage, (settings, others), other)
            best = structs.replace(made, only=only)
            break
    return _none(shape, reason) if best is None else structs.replace(best, lines=_located(lines, stage))


def _only(
    made: Equations, reading: Reading, stage: Stage, settings: tuple[Settings, Settings], other: Shape
) -> Literal["", "tall", "read"]:
    """Of which matrices equations hold that were proven on the sides alone that they were read on."""
    if made.dimensions != len(MATRIX):
        return ""

    def holds(shape: Shape) -> bool:
        chosen = settings[1] if made.proof.varied else settings[0]
        found = check(made.text, reading, stage, chosen, shape, later=made.proof.later)
        return found.error is not None and found.error < PROVEN

    return "" if holds(other) else "tall" if holds(_TALL) else "read"


def _commonest(stage: Stage, others: Settings, steps: Recorded) -> Equations | None:
    """The way that most steps take; none where that cannot be written, or no step of the check takes it."""
    try:
        reading = read(steps, sized=False, commonest=True)
        whole = rule(reading)
        text = render(whole)
        found = along(text, reading, stage, others, steps) if text else None
    except LateError:
        raise
    except Exception:  # noqa: BLE001 - reviewed code raises what it likes, and algebra has limits
        return None
    if found is None:
        return None
    error, taken = found
    proof = EquationsProof(verdict="unproven", error=error, steps=CHECKED, taken=taken, ways=len(steps.ways))
    made = _told(text, reading, steps.shape, proof)
    return structs.replace(made, lines=_located(origins(reading, whole), stage))


def _told(
    text: str, reading: Reading, shape: Shape, proof: EquationsProof, initial: telling.Initial = ()
) -> Equations:
    return Equations(
        dimensions=len(shape),
        text=text,
        proof=proof,
        roles=tuple(telling.roles(reading, dict(initial))),
        places=tuple(telling.places(reading, text, initial)),
        blocks=tuple(sorted(telling.names(text).blocks)),
        casts=tuple(sorted({*reading.casts, *proof.unrounded})),
        values=tuple(telling.values(reading, text, initial)),
    )


def _located(found: Iterable[tuple[str, Marks]], stage: Stage) -> tuple[EquationLine, ...]:
    """Lines of the package's files; of calls under way, the innermost of these."""
    places = stage.places()
    result = []
    for name, marks in found:
        reads: dict[Location, set[str]] = {}
        for mark in marks:
            own = [(file, line) for path, line in mark.lines if (file := places.name(path)) is not None]
            if own:
                reads.setdefault(Location(file=own[-1][0], line=own[-1][1], column=1), set()).update(
                    mark.reads
                )
        sources = (OriginLine(location=at, reads=tuple(sorted(reads[at]))) for at in sorted(reads))
        result.append(EquationLine(name=name, sources=tuple(sources)))
    return tuple(result)


def _reason(stage: Stage, error: Exception) -> str:
    if isinstance(error, UnlowerableError):
        return f"It has no equations: {error}."
    return f"Writing its equations broke down: {stage.said(error)}."


def _none(shape: Shape, reason: str) -> Equations:
    proof = EquationsProof(verdict="unproven", reason=quoted(reason))
    return Equations(dimensions=len(shape), proof=proof)


def _error(made: Equations) -> float:
    return float("inf") if made.proof.error is None else made.proof.error


def _checked(  # noqa: PLR0913 - both settings and both shapes
    text: str,
    reading: Reading,
    stage: Stage,
    settings: tuple[Settings, Settings],
    shapes: tuple[Shape, Shape],
    *,
    later: bool,
) -> Equations:
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
    proof = _proof(found, varied=varied, later=later) if text else _NOTHING
    made = _told(text, reading, shapes[0], proof, found.initial)
    return structs.replace(made, casts=tuple(sorted({*reading.casts, *found.rounded})))


def _proof(found: Check, *, varied: bool, later: bool) -> EquationsProof:
    if found.error is None:
        return EquationsProof(verdict="unproven", reason=quoted(found.problem))
    figure = float(f"{found.error:.1g}")
    if not figure < float("inf"):
        return EquationsProof(
            verdict="unproven", steps=CHECKED, reason="What they compute does not stay finite."
        )
    return EquationsProof(
        verdict="proven" if found.error < PROVEN else "unproven",
        error=figure,
        steps=CHECKED - later,
        varied=varied,
        later=later,
        unrounded=found.rounded,
    )

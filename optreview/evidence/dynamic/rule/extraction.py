"""The update rule of one optimizer: its steps recorded as programs, and these proven."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from msgspec import structs

from optreview.evidence.dynamic.failures import quoted
from optreview.evidence.dynamic.phases import LateError, alarm
from optreview.evidence.dynamic.rule.equations.extract import VECTOR, equations
from optreview.evidence.dynamic.rule.program.budget import Budget, UntraceableError
from optreview.evidence.dynamic.rule.program.fixed import freed
from optreview.evidence.dynamic.rule.program.proof import STEPS, Proof, culprits, prove
from optreview.evidence.dynamic.rule.program.settings import idle, runs, switched_on, varied
from optreview.evidence.dynamic.rule.program.suspicion import suspicions
from optreview.evidence.dynamic.rule.program.variants import Variants, record
from optreview.evidence.dynamic.rule.relating import related
from optreview.evidence.dynamic.trials.stage import FEW, UnsuitedError
from optreview.records import Equations, EquationsProof, Option, ProgramProof, UpdateRule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.dynamic.rule.program.settings import Settings
    from optreview.evidence.dynamic.trials.stage import Shape, Stage
    from optreview.evidence.dynamic.trials.trial import Trial
    from optreview.records import KnownRule

#: A matrix and a vector, as small as can be.
SHAPES: tuple[Shape, ...] = ((4, 3), (5,))
#: Seconds in which equations have to be written.
PATIENCE = 30.0
#: For those that take tensors in pairs.
ALIKE: tuple[Shape, ...] = ((4, 3), (3, 4))


@dataclass(frozen=True)
class Extraction:
    """Programs, the settings under which they were recorded, and their proof.

    Attributes:
        suspicions: What the programs may lack, if they are not proven.
    """

    shapes: tuple[Shape, ...]
    settings: Settings
    variants: Variants
    proof: Proof
    suspicions: tuple[str, ...] = ()


def extract(stage: Stage, known: Sequence[KnownRule] = ()) -> UpdateRule:
    """The rule as far as it could be extracted, and its kin among the known ones; where it could not, why."""
    try:
        found = extraction(stage)
    except (UntraceableError, UnsuitedError) as error:
        return UpdateRule(program=ProgramProof(verdict="not-extractable", reason=quoted(str(error))))
    except LateError:
        raise
    except Exception as error:  # noqa: BLE001 - reviewed code raises what it likes
        reason = f"It stopped while it was recorded: {stage.said(error)}."
        return UpdateRule(program=ProgramProof(verdict="errored", reason=reason))
    rule = structs.replace(_rule(stage, found), idle=idle(stage, found.shapes, found.settings))

    def again(off: frozenset[str]) -> UpdateRule:
        plain = replace(stage, pinned=stage.pinned | off)
        return _rule(plain, extraction(plain))

    return related(stage, found.settings, rule, known, again)


def _rule(stage: Stage, found: Extraction) -> UpdateRule:
    return UpdateRule(
        settings=_options(found.settings),
        ways=len(found.variants.found),
        capped=found.variants.capped,
        program=_program(found),
        mutates_gradient=found.variants.mutates_gradient,
        equations=_equations(stage, found),
    )


def extraction(stage: Stage) -> Extraction:
    """Record it and prove it.

    Where numbers and tensors of one element meet in ``max``, they are recorded as one way at first, and as
    ways of their own if that is not what the optimizer does.

    Raises:
        UntraceableError: It cannot be recorded.
        UnsuitedError: It takes none of the shapes.
    """
    shapes = next((each for each in (SHAPES, FEW, ALIKE) if runs(stage, each)), SHAPES)
    found = _under(stage, shapes, switched_on(stage, shapes))
    settings = freed(stage, shapes, found.settings, found.variants)
    if settings == found.settings:
        return found
    freer = _under(stage, shapes, settings)
    return freer if freer.proof.proven or not found.proof.proven else found


def _under(stage: Stage, shapes: tuple[Shape, ...], settings: Settings) -> Extraction:
    budget = Budget()
    others = varied(stage, shapes, settings)

    def make(chosen: Settings) -> Trial:
        return stage.trial(shapes, options=chosen)

    best: Extraction | None = None
    for merging in (True, False):
        variants = record(lambda: make(settings), budget, merging=merging)
        proof = prove(make, variants, settings, others)
        if best is None or proof.replay.steps > best.proof.replay.steps:
            best = Extraction(shapes, settings, variants, proof)
        if proof.proven or not variants.merged:
            break
    assert best is not None
    if best.proof.proven:
        return best
    lost = culprits(make, best.variants, settings, others)
    verb = "is" if len(lost) == 1 else "are"
    named = [f"It agrees while {' and '.join(lost)} {verb} as recorded."] if lost else []
    return replace(best, suspicions=(*named, *suspicions(make(settings))))


def _equations(stage: Stage, found: Extraction) -> tuple[Equations, ...]:
    """The equations; algebra may take longer than anyone waits, and the program is told all the same."""
    written: list[Equations] = []
    try:
        with alarm(PATIENCE):
            settled = found.proof.proven and found.variants.settled
            for each in equations(stage, found.settings, found.proof.settings, settled=settled):
                written.append(each)  # noqa: PERF402 - what is there by then is kept
    except LateError:
        reason = f"Writing them was given up after {PATIENCE:.0f} seconds."
        late = EquationsProof(verdict="unproven", reason=reason)
        written.append(Equations(dimensions=len(VECTOR) if written else 0, proof=late))
    return tuple(written)


def _program(found: Extraction) -> ProgramProof:
    replay = found.proof.replay
    return ProgramProof(
        verdict="proven" if found.proof.proven else "unproven",
        steps=STEPS,
        agreed=replay.steps,
        settings=_options(found.proof.settings),
        reason=quoted(" ".join((replay.error, *found.suspicions))),
    )


def _options(settings: Settings) -> tuple[Option, ...]:
    return tuple(Option(name=name, value=value) for name, value in sorted(settings.items()))

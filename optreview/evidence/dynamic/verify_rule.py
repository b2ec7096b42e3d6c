"""Does what the boxed child says of the update rule hold together?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.verify_measured import measured
from optreview.evidence.dynamic.verify_memory import fit_to_print, in_files
from optreview.evidence.dynamic.wire import Extracted
from optreview.notation.faults import RuleError
from optreview.notation.parser import statements
from optreview.notation.syntax import Branch, everything
from optreview.records.rule import PROVEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.dynamic.wire import Job, Reply
    from optreview.records import Equations, Kin, Option, Paper, ProgramProof, UpdateRule

#: Ways, steps of the proof, and hyperparameters.
_MOST_WAYS, _MOST_STEPS, _MOST_NUMBERS = 1000, 1000, 200
_MOST_KIN = 20
_LONGEST_REASON = 1000
_MOST_TEXTS, _LONGEST_TEXT, _MOST_DIMENSIONS = 1000, 20_000, 8
#: For a matrix, and for a vector.
_MOST_EQUATIONS = 2


def contradiction(replies: Sequence[Reply], job: Job) -> str | None:
    """What is wrong with it, or None."""
    found = [each.rule for each in replies if isinstance(each, Extracted)]
    if len(found) > job.rule:
        return "the update rule came twice, or was not asked for"
    return next(
        (problem for each in found if (problem := _rule(each, job) or _alone(each) or _kin(each, job))), None
    )


def _alone(rule: UpdateRule) -> str | None:
    if (rule.alone and rule.kin) or not rule.alone.isprintable() or len(rule.alone) > _LONGEST_REASON:
        return "why it has no kin is told though it has, or is not fit to print"
    return None


def _kin(rule: UpdateRule, job: Job) -> str | None:
    """They are rules that it was asked about, each once, and the distances fit the verdicts."""
    known = {each.entry: each for each in job.known}
    entries = [each.entry for each in rule.kin]
    if len(entries) > _MOST_KIN or len(set(entries)) < len(entries) or not set(entries) <= known.keys():
        return "its kin are not rules that it was compared with"
    if entries and not any(each.text for each in rule.equations):
        return "it has kin, and no equations"
    proofs = [each.proof for each in rule.equations if each.text]
    proven = bool(proofs) and all(each.verdict == "proven" for each in proofs)
    return next((found for one in rule.kin if (found := _kinship(one, proven=proven))), None)


def _kinship(each: Kin, *, proven: bool) -> str | None:
    texts = [*each.differences, *each.off, *(each.unlike or ())]
    texts += [part for option in each.matching for part in (option.name, option.value)]
    if len(texts) > _MOST_TEXTS or not all(t.isprintable() and len(t) <= _LONGEST_TEXT for t in texts):
        return "what is told of its kin is not fit to print"
    distances = (each.structure, 0.0 if each.behaviour is None else each.behaviour)
    if not all(0 <= distance <= 1 for distance in distances):
        return "a distance of its kin is out of range"
    return _verdict(each, proven=proven)


def _verdict(each: Kin, *, proven: bool) -> str | None:
    if each.verdict in {"same", "same-except"} and not (proven and each.behaviour is not None):
        return "a rule is called the same without a proof"
    if each.verdict != "graded" and each.unlike:
        return "a rule is called the same though it behaves otherwise"
    if each.verdict == "same" and each.differences:
        return "a rule is called the same though it differs"
    return None


def _rule(rule: UpdateRule, job: Job) -> str | None:
    if not all(map(_plausible, (rule.settings, rule.program.settings))):
        return "the settings of the update rule are not fit to print"
    if len(rule.idle) > _MOST_NUMBERS or not fit_to_print(*rule.idle):
        return "the idle hyperparameters are not fit to print"
    recorded = rule.program.verdict in {"proven", "unproven"}
    if not 0 <= rule.ways <= _MOST_WAYS or bool(rule.ways) is not recorded:
        return "the ways that were recorded do not fit what became of them"
    if (rule.mutates_gradient is not None) is not recorded:
        return "it is told what a step does to the gradients where none was recorded, or the reverse"
    if len(rule.equations) > (_MOST_EQUATIONS if recorded else 0):
        return "more equations than there are kinds of tensors, or equations of nothing"
    problem = next((found for each in rule.equations if (found := _equations(each, job))), None)
    problem = problem or (_paper(rule.paper, job) if rule.paper else None)
    return problem or _proof(rule.program, recorded=recorded)


def _equations(found: Equations, job: Job) -> str | None:
    """They are a rule, what is told of them is fit to print, and they are proven only by a small error."""
    return _text(found.text) or _told(found) or _figures(found) or measured(found) or _lines(found, job)


def _paper(found: Paper, job: Job) -> str | None:
    """It is beside a paper that it was asked about, and what differs is told where the verdict says so."""
    if found.entry not in {each.entry for each in job.known if each.paper}:
        return "it is compared with a paper that it was not asked about"
    texts = [text for each in found.deviations for text in (each.kind, each.paper, each.code)]
    if len(texts) > _MOST_TEXTS or not all(t.isprintable() and len(t) <= _LONGEST_TEXT for t in texts):
        return "what differs from the paper is not fit to print"
    figures = [found.apart, *(each.effect for each in found.deviations)]
    if not all(each is None or 0 <= each < float("inf") for each in figures):
        return "how far it leads from the paper is out of range"
    if not all(in_files(place, job) for each in found.deviations for place in each.locations):
        return "what differs from the paper is outside of the files"
    fits = bool(found.deviations) is (found.verdict == "deviates")
    return None if fits else "what differs from the paper does not fit the verdict"


def _lines(found: Equations, job: Job) -> str | None:
    """They are of the package's files, and say where from for what the text assigns."""
    told = [(line.name, tuple(read for each in line.sources for read in each.reads)) for line in found.lines]
    if not fit_to_print(*(text for name, reads in told for text in (name, *reads))):
        return "what is told of the lines of the equations is not fit to print"
    if (
        sum(len(line.sources) + len(reads) for line, (_, reads) in zip(found.lines, told, strict=True))
        > _MOST_TEXTS
    ):
        return "the equations come from more lines than can be"
    if not all(in_files(each.location, job) for line in found.lines for each in line.sources):
        return "the equations come from outside of the files"
    lines = everything(statements(found.text)) if found.text else ()
    names = ["if" if isinstance(each, Branch) else each.name for each in lines]
    if found.lines and [name for name, _ in told] != names:
        return "lines are told of other equations"
    return None


def _text(text: str) -> str | None:
    if len(text) > _LONGEST_TEXT:
        return "the equations are too long"
    try:
        statements(text or "p = p")
    except RuleError:
        return "the equations do not follow the notation"
    return None


def _told(found: Equations) -> str | None:
    roles = [(each.name, each.place, each.of, each.decay, each.plus, each.initial) for each in found.roles]
    places = [(each.name, each.value) for each in found.places]
    texts = [*(text for told in (*roles, *places) for text in told), *found.blocks, *found.casts]
    if len(texts) > _MOST_TEXTS or not all(t.isprintable() and len(t) <= _LONGEST_TEXT for t in texts):
        return "what is told of the equations is not fit to print"
    if not found.proof.reason.isprintable() or len(found.proof.reason) > _LONGEST_REASON:
        return "why the equations are not proven is not fit to print"
    return None


def _figures(found: Equations) -> str | None:
    proof = found.proof
    if not 0 <= proof.steps <= _MOST_STEPS or not 0 <= found.dimensions <= _MOST_DIMENSIONS:
        return "the proof of the equations is out of range"
    if proof.error is not None and not 0 <= proof.error < float("inf"):
        return "the error of the equations is out of range"
    small = proof.error is not None and proof.error < PROVEN
    if (
        not 0 <= proof.taken <= proof.steps
        or not 0 <= proof.ways <= _MOST_WAYS
        or (proof.taken > 0) is not (proof.ways > 0)
    ):
        return "the steps that the equations are of are out of range"
    if (proof.verdict == "proven") is not (small and bool(found.text) and not proof.ways):
        return "the equations are proven though their error is large, or the reverse"
    return None


def _proof(proof: ProgramProof, *, recorded: bool) -> str | None:
    proven = proof.verdict == "proven"
    if bool(proof.reason) is proven or not proof.reason.isprintable() or len(proof.reason) > _LONGEST_REASON:
        return "why the program is not proven is not told, or not fit to print"
    if not 0 <= proof.agreed <= proof.steps <= _MOST_STEPS or (proof.steps > 0) is not recorded:
        return "the steps of the proof are out of range"
    if recorded and (proof.agreed == proof.steps) is not proven:
        return "the program is proven though a step did not agree, or the reverse"
    return None


def _plausible(settings: tuple[Option, ...]) -> bool:
    names = [each.name for each in settings]
    texts = [text for each in settings for text in (each.name, each.value)]
    return len(settings) <= _MOST_NUMBERS and names == sorted(set(names)) and fit_to_print(*texts)

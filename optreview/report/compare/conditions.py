"""What was not the same when two records were taken, and which figures cannot be compared because of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from optreview.records import Condition
from optreview.report import figures
from optreview.report.compare.sections import probes

if TYPE_CHECKING:
    from optreview.records import DynamicEvidence, Kind, Review


class _Circumstance(NamedTuple):
    id: str
    a: str
    b: str
    spoils: tuple[Kind, ...] = ()


def between(a: Review, b: Review) -> tuple[Condition, ...]:
    """Everything that differs; a record without a run has no circumstances but its own making."""
    found = _making(a, b)
    first, second = a.evidence.dynamic, b.evidence.dynamic
    if first is not None and second is not None:
        found = [
            *_surroundings(first, second),
            *_model(first, second),
            *_rate(first, second),
            *_asked(first, second),
            *found,
        ]
    return tuple(Condition(id=e.id, a=e.a, b=e.b, spoils=e.spoils) for e in found if e.a != e.b)


def _surroundings(a: DynamicEvidence, b: DynamicEvidence) -> list[_Circumstance]:
    """Where the two ran.

    What an optimizer keeps is its own code's doing whatever torch it runs on, while temporaries, counts and
    half the probes are as much torch's. On another device it may choose another path altogether.
    """
    first, second = a.environment, b.environment
    return [
        _Circumstance("device", first.device, second.device, ("state", "step", "probes")),
        _Circumstance("torch", first.torch, second.torch, ("step", "scale", "probes")),
        _Circumstance("python", first.python, second.python),
        _Circumstance("system", first.system, second.system),
    ]


def _model(a: DynamicEvidence, b: DynamicEvidence) -> list[_Circumstance]:
    """What they were given: bytes per parameter are of these parameters."""
    if a.workload.name != b.workload.name:
        return [_Circumstance("workload", a.workload.name, b.workload.name, ("state", "step"))]
    if a.workload.tensors == b.workload.tensors:
        return []
    first, second = _given(a), _given(b)
    if first == second:  # as many, and others
        first, second = (", ".join(t.name for t in each.workload.tensors) for each in (a, b))
    return [_Circumstance("tensors", first, second, ("state", "step"))]


def _given(dynamic: DynamicEvidence) -> str:
    """How many tensors of the model it was given."""
    given, left_out = len(dynamic.workload.tensors), len(dynamic.workload.omitted)
    return f"{given} of {figures.count(given + left_out, 'tensor')}"


def _rate(a: DynamicEvidence, b: DynamicEvidence) -> list[_Circumstance]:
    """Movements are told in units of the lr, or as they are where there is none."""
    if a.behaviour is None or b.behaviour is None:
        return []
    first, second = ("no lr" if card.lr is None else "an lr" for card in (a.behaviour, b.behaviour))
    return [_Circumstance("lr", first, second, ("behaviour",))]


def _asked(a: DynamicEvidence, b: DynamicEvidence) -> list[_Circumstance]:
    """Each probe is compared by itself, but counts of other probes are not."""
    first, second = probes.answers(a).keys(), probes.answers(b).keys()
    if not (first and second):
        return []
    if len(first) != len(second):
        counts = (figures.count(len(each), "probe") for each in (first, second))
        return [_Circumstance("asked", next(counts), next(counts))]
    return [_Circumstance("asked", ", ".join(sorted(first - second)), ", ".join(sorted(second - first)))]


def _making(a: Review, b: Review) -> list[_Circumstance]:
    """Which optreview made the records, and with which rubric they were scored."""
    first, second = (f"{each.judged.rubric_version} for {each.judged.use_case}" for each in (a, b))
    return [
        _Circumstance("schema", a.schema_version, b.schema_version),
        _Circumstance("generator", a.generator_version, b.generator_version),
        _Circumstance("rubric", first, second, ("scores",)),
    ]

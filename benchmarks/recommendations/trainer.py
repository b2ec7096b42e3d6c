"""``python -m benchmarks.recommendations.trainer``: printed ``TrainingArguments``, run by a real Trainer.

Writes TRAINER.md. transformers and accelerate have to be there, installed or in a folder that ``--beside``
names.
Exits with 1 when lines do not run, or Trainer makes another optimizer of them than the page recommends.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.coverage import corpus
from benchmarks.recommendations.trained import STEPS, Asked, Trained, train
from optreview.evidence import static
from optreview.evidence.dynamic.client import Job, Limits, Runner
from optreview.judgement import usecase, verdict
from optreview.judgement.literals import value_of
from optreview.judgement.styles import trainer
from optreview.records import Evidence, Failure, Purpose, StaticEvidence

if TYPE_CHECKING:
    from optreview.evidence.static import Candidate
    from optreview.records import Recommendation

HERE = Path(__file__).parent
PACKAGES = ("torch", "schedulefree", "torch-optimi", "bitsandbytes", "transformers")
#: What a class takes that Trainer hands on; the rest of a setting cannot be said in its arguments.
_CHECKED = ("lr", "weight_decay", "betas", "eps", "momentum", "nesterov", "warmup_steps")


@dataclass(frozen=True)
class Case:
    """A recommendation of one class for one job, and what the optimizer should have got."""

    package: str
    name: str
    case: str
    recommendation: Recommendation
    wanted: dict[str, object]


def main() -> None:
    """Recommend, run, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beside", type=Path, action="append", default=[], help="folder with packages")
    given = parser.parse_args()
    found = [each for name in PACKAGES for each in corpus.packages(given.beside, name)]
    if find_spec("transformers") is None or find_spec("accelerate") is None:
        sys.exit("transformers and accelerate are not there: pip install them, or name a folder by --beside.")
    candidates = [
        (p.name, c) for p in found if p.discovery for c in p.discovery.found if trainer.named(*_of(c))
    ]
    cases = []
    with Runner(device="cpu", limits=Limits()) as runner:
        for place, (package, candidate) in enumerate(candidates):
            cases += _recommended(runner, package, candidate, place)
    printed = [each for each in cases if each.recommendation.style == "trainer"]
    asked = [Asked(each.recommendation.snippet, tuple(each.wanted)) for each in printed]
    trained = train(asked, given.beside)
    (HERE / "TRAINER.md").write_text(_report(cases, printed, trained), encoding="utf-8")
    sys.exit(not all(map(_agrees, printed, trained)))


def _of(candidate: Candidate) -> tuple[str, str]:
    return candidate.target.module, candidate.target.class_name or ""


def _recommended(runner: Runner, package: str, candidate: Candidate, place: int) -> list[Case]:
    """One job and one tier for a class, in turn."""
    target = candidate.target
    case = usecase.load(usecase.names()[place % len(usecase.names())])
    purpose = Purpose(use_case=case, tiers=usecase.tiers(), style="trainer")
    with static.reader([target], static.read, StaticEvidence, jobs=1) as reading:
        facts = reading.read(candidate)
    measured = runner.measure(Job(target=target, only_traces=True, probes=()))
    if isinstance(measured, Failure):
        print(target.class_name, measured.message, flush=True)
        return []
    evidence = Evidence(static=facts, dynamic=measured, not_run=None)
    judged = verdict.weigh(evidence, purpose=purpose)
    recommendation = judged.recommendations[place % len(purpose.tiers)]
    defaults = {h.name: h.default for h in facts.hyperparameters}
    values = {**defaults, **{s.name: s.value for s in recommendation.settings}}
    wanted = {n: value_of(values[n]) for n in _CHECKED if value_of(values.get(n)) is not None}
    print(target.class_name, case.id, recommendation.style, flush=True)
    return [Case(package, target.class_name or "", case.id, recommendation, wanted)]


def _agrees(case: Case, trained: Trained) -> bool:
    return trained.ran and not _otherwise(case, trained) and trained.made == case.name


def _otherwise(case: Case, trained: Trained) -> list[str]:
    """What the optimizer got otherwise than recommended; JSON has lists for tuples."""
    got = trained.got
    return [
        f"{name} {got.get(name)} instead of {value}"
        for name, value in case.wanted.items()
        if name in got and got[name] != (list(value) if isinstance(value, tuple) else value)
    ]


def _report(cases: list[Case], printed: list[Case], trained: list[Trained]) -> str:
    right = sum(map(_agrees, printed, trained))
    lines = [
        "# TrainingArguments, run by a real Trainer",
        "",
        "Written by `python -m benchmarks.recommendations.trainer`: every class that transformers has a "
        f"name for, of {', '.join(PACKAGES)}, as far as it is installed and can be run, each for a use case "
        f"and a tier in turn. The printed lines were executed as they are, and Trainer took {STEPS} steps on "
        "a small model; what its optimizer then had as hyperparameters is held against the recommendation, "
        "or the default of the class where that recommends none. The folder for output, reports, checkpoints "
        "and the number of steps are all that was set besides.",
        "",
        f"**{right} of {len(printed)} ran**, with the recommended optimizer and arguments, and finite "
        "weights that had moved.",
        "",
        "| Class | Use case | Tier | Optimizer of Trainer | Compared | Ran |",
        "|---|---|---|---|---|---|",
    ]
    for case, each in zip(printed, trained, strict=True):
        compared = ", ".join(name for name in case.wanted if name in each.got)
        told = (
            each.error or "; ".join(_otherwise(case, each)) or ("yes" if each.ran else "weights did not move")
        )
        lines.append(
            f"| {case.package}: {case.name} | {case.case} | {case.recommendation.tier} | {each.made} | "
            f"{compared} | {told} |".replace("\n", " ")
        )
    unfit = [each for each in cases if each.recommendation.style != "trainer"]
    if unfit:
        lines += ["", "Printed as Python instead, since the arguments cannot say it:", ""]
        lines += [f"- {each.package}: {each.name}: {each.recommendation.note}" for each in unfit]
    lines += ["", "## The lines", ""]
    for case in printed:
        lines += [f"### {case.package}: {case.name}, {case.case}, {case.recommendation.tier}", ""]
        lines += ["```python", case.recommendation.snippet, "```", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()

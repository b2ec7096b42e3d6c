"""``python -m benchmarks.recommendations``: pick settings at random, run them, write REPORT.md."""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.coverage import corpus
from benchmarks.recommendations.executed import STEPS, Executed, execute
from optreview.evidence import static
from optreview.evidence.dynamic.client import Job, Limits, Runner
from optreview.further import scripts
from optreview.judgement import usecase, verdict
from optreview.records import Evidence, Failure, Purpose, StaticEvidence

if TYPE_CHECKING:
    from optreview.evidence.static import Candidate
    from optreview.records import Recommendation, Tried

HERE = Path(__file__).parent
PACKAGES = ("torch", "pytorch_optimizer", "torch_optimizer", "lion-pytorch", "schedulefree", "dadaptation")
STYLES = ("torch", "torch", "config", "optim_wrapper")


@dataclass(frozen=True)
class Picked:
    """One snippet: whose, for what, what the box said of it, and what running it by itself showed."""

    package: str
    name: str
    case: str
    recommendation: Recommendation | None = None
    said: Tried | None = None
    truth: Executed | None = None
    failure: str = ""
    searched: str = ""
    step: str = ""


def main() -> None:
    """Exits with 1 when a snippet does not run, or the box said otherwise than what is true."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", "--number", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, default=HERE / "REPORT.md")
    given = parser.parse_args()
    packages = [p for name in PACKAGES for p in corpus.packages([], name)]
    known = [(p.name, c) for p in packages if p.discovery for c in p.discovery.found]
    draw = random.Random(given.seed)  # noqa: S311 - a choice that can be made again
    found: list[Picked] = []
    with Runner(device="cpu", limits=Limits()) as runner:
        for package, candidate in draw.sample(known, len(known)):
            if sum(each.recommendation is not None for each in found) == given.number:
                break
            found.append(_pick(runner, package, candidate, draw))
            print(found[-1].name, found[-1].failure or found[-1].said, flush=True)
    found = _with_truth(found)
    given.output.write_text(_report(found, len(known), given.seed), encoding="utf-8")
    sys.exit(not all(_agrees(each) for each in found if each.recommendation))


def _pick(runner: Runner, package: str, candidate: Candidate, draw: random.Random) -> Picked:
    case = usecase.load(draw.choice(usecase.names()))
    style, place = draw.choice(STYLES), draw.randrange(len(usecase.tiers()))
    target = candidate.target
    name = target.class_name or ""
    reader = static.reader([target], static.read, StaticEvidence, jobs=1)
    with reader as reading:
        facts = reading.read(candidate)
    job = Job(target=target, only_traces=True, probes=())
    measured = runner.measure(job)
    if isinstance(measured, Failure):
        return Picked(package, name, case.id, failure=measured.message)
    evidence = Evidence(static=facts, dynamic=measured, not_run=None)
    judged = verdict.weigh(evidence, purpose=Purpose(use_case=case, tiers=usecase.tiers(), style=style))
    recommendation = judged.recommendations[place]
    lines = measured.recipe.lines
    if lines is None:
        return Picked(package, name, case.id, failure="It has no recipe.")
    tried = runner.rehearse(target, lines.step, scripts(judged))
    said = next(each for each in tried if each.text == recommendation.snippet)
    texts = (judged.search.optuna, judged.search.ray) if judged.search else ()
    searches = [each.outcome for each in tried if each.text in texts]
    return Picked(
        package,
        name,
        case.id,
        recommendation=recommendation,
        said=said,
        step=lines.step,
        searched=", ".join(dict.fromkeys(searches)) or "nothing to search",
    )


def _with_truth(found: list[Picked]) -> list[Picked]:
    """What running the snippets by themselves shows."""
    picked = [(each, each.recommendation) for each in found if each.recommendation is not None]
    truths = execute([(r.snippet, r.completion, each.step) for each, r in picked])
    known = {id(each): truth for (each, _), truth in zip(picked, truths, strict=True)}
    return [replace(each, truth=known.get(id(each))) for each in found]


def _agrees(each: Picked) -> bool:
    return each.truth is not None and each.truth.ran and each.said is not None and each.said.outcome == "ran"


def _report(found: list[Picked], known: int, seed: int) -> str:
    picked = [each for each in found if each.recommendation is not None]
    ran = sum(each.truth is not None and each.truth.ran for each in picked)
    lines = [
        "# Recommended settings, executed",
        "",
        f"Written by `python -m benchmarks.recommendations`. {len(picked)} snippets, picked at random "
        f"(seed {seed}) over the {known} classes of {', '.join(PACKAGES)}, with a use case, a tier and a "
        "style at random for each. Each was executed as printed in an interpreter of its own that knows "
        f"nothing of optreview: {STEPS} steps on a small model. A configuration is followed by the lines "
        "with which a registry builds it. Settings rest on the source and one run of each class: what more "
        "measurements would add, such as `foreach=False`, is not among them.",
        "",
        f"**{ran} of {len(picked)} ran**, with finite weights that had moved; the box had said the same of "
        f"{sum(map(_same, picked))}.",
        "",
        "| Class | Use case | Tier | Style | In the box | By itself | Largest weight | Search, both ends |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(each) for each in picked),
        "",
        "## The snippets",
        "",
    ]
    for each in picked:
        recommendation = each.recommendation
        if recommendation is not None:
            heading = f"{each.package}: {each.name}, {each.case}, {recommendation.tier}"
            lines += [f"### {heading}", "", "```python", recommendation.snippet, "```", ""]
            lines += [f"- `{s.name}`: {s.reason}" for s in recommendation.settings]
            lines += [f"- {recommendation.scaling}", ""]
    refused = [each for each in found if each.failure]
    if refused:
        lines += ["## Drawn, and could not be run at all", ""]
        lines += [f"- {each.package}: {each.name}: {each.failure}" for each in refused] + [""]
    return "\n".join(lines)


def _same(each: Picked) -> bool:
    return each.said is not None and each.truth is not None and (each.said.outcome == "ran") == each.truth.ran


def _row(each: Picked) -> str:
    recommendation, said, truth = each.recommendation, each.said, each.truth
    assert recommendation is not None
    assert said is not None
    assert truth is not None
    own = "ran" if truth.ran else truth.error or "weights did not move, or are not finite"
    cells = (
        f"{each.package}: {each.name}",
        each.case,
        recommendation.tier,
        recommendation.style,
        said.outcome + (f": {said.reason}" if said.reason else ""),
        own,
        f"{truth.largest:.3g}",
        each.searched,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    main()

"""``python -m benchmarks.facts_accuracy``: read and run every class, compare, write REPORT.md."""

from __future__ import annotations

import contextlib
import io
import tomllib
from collections import Counter, defaultdict
from importlib import import_module
from pathlib import Path

from benchmarks.facts_accuracy.questions import QUESTIONS
from optreview.evidence.static import discover, read
from optreview.targets import resolve

REASONS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("reasons.toml").read_text(encoding="utf-8")
)
PACKAGES = ("torch.optim", "pytorch_optimizer", "torch_optimizer")
HEAD = """\
# How right the facts about a step are

Written by `python -m benchmarks.facts_accuracy`. Every class that can be built and stepped plainly is
asked what its source was read to do. A row counts the classes for which a run could decide; what the source
left open ("not decided") is counted apart. A disagreement is not yet
an error of the reading, because the runs are simple: one or two steps, over two small tensors.

- Weight decay: observed as coupled when the state differs after a step with decay, as decoupled when only
  the parameters do, as both when options change it. Options other than those named after decay are not tried,
  and a state that depends on the parameters looks coupled.
- Bias correction: observed when, with equal state and gradient, the second step depends on whether the step
  counter says 1 or 20,001, but not on whether it says 20,001 or 40,001. A step that goes on depending on the
  counter follows a schedule, and no counter leaves nothing to set: neither is decided.
- Complex numbers: only the claims "viewed as real" (it works) and "rejected" (it fails) are put to the test.

| fact | decided by a run | agree | not decided by the source | disagree |
|---|---|---|---|---|
"""


def main() -> None:
    """Compare over every package, print and write."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    wrong: dict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for candidate in discover(resolve(package)).found:
            evidence = read(candidate)
            name = evidence.subject.class_name
            cls = getattr(import_module(evidence.subject.module), name)
            for question, ask in QUESTIONS.items():
                with contextlib.redirect_stdout(io.StringIO()):
                    answer = ask(cls, evidence)
                if answer is None:
                    continue
                claimed, observed = answer
                verdict = (
                    "agree" if claimed == observed else "open" if claimed == "not decided" else "disagree"
                )
                counts[question][verdict] += 1
                if verdict == "disagree":
                    why = REASONS.get(question, {}).get(f"{package}:{name}", "not yet read by hand")
                    wrong[question].append(
                        f"{package}:{name}: read as *{claimed}*, ran as *{observed}*: {why}"
                    )
    lines = [
        f"| {question} | {sum(count.values())} | {count['agree']} | {count['open']} | {count['disagree']} |"
        for question, count in counts.items()
    ]
    misses = [
        f"\n## {question}\n\n" + "\n".join(f"- {entry}" for entry in found)
        for question, found in wrong.items()
    ]
    Path(__file__).with_name("REPORT.md").write_text(
        HEAD + "\n".join(lines) + "\n" + "\n".join(misses) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()

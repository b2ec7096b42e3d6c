"""``python -m benchmarks.rules.pairs``: one algorithm in two packages, rule beside rule; write PAIRS.md."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from optreview import targets
from optreview.evidence.dynamic import wire
from optreview.evidence.dynamic.client import Limits, Runner
from optreview.evidence.dynamic.rule.kinship.kin import kin
from optreview.evidence.dynamic.wire import Job, Measure
from optreview.records import Kin, KnownRule, Option, UpdateRule

HERE = Path(__file__).parent
PATIENCE = 120
#: What is compared with the first of its line; the first may have arguments.
PAIRS = tuple(line.split() for line in (HERE / "pairs.txt").read_text(encoding="utf-8").splitlines() if line)
HEAD = """\
# One algorithm in two packages

Written by `python -m benchmarks.rules.pairs`. The rule of each class is extracted at its defaults, with knobs
that are off switched on, and run beside the other's with hyperparameters matched. *same*: proven over two
settings; *same-except*: once what is named is taken away; *skeleton*: numbers differ; *graded*: the formulas
differ. The differences lead from the first class to the second.

| First | Second | Verdict | Structure | Behaviour | What differs | Off |
|---|---|---|---|---|---|---|
"""


class Reader:
    """Extracts rules, each once."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.found: dict[str, UpdateRule | None] = {}

    def rule(self, spec: str) -> UpdateRule | None:
        """The rule of ``package:Class``, or of ``package:Class(a=1)``."""
        if spec not in self.found:
            self.found[spec] = self._extract(spec)
            print(spec, flush=True)
        return self.found[spec]

    def _extract(self, spec: str) -> UpdateRule | None:
        name, _, rest = spec.partition("(")
        options = tuple(
            Option(name=key, value=value)
            for key, _, value in (each.partition("=") for each in rest.rstrip(")").split(";") if each)
        )
        (target,) = targets.resolve(name)
        job = Job(target=target, traces=(), probes=(), only_traces=True, rule=True, rule_options=options)
        answered = self.runner.ask(Measure(job=job), None)
        replies = answered[1].replies if answered else ()
        return next((each.rule for each in replies if isinstance(each, wire.Extracted)), None)


def compared(reader: Reader, first: str, second: str) -> Kin | None:
    """The second beside the first."""
    known, own = reader.rule(first), reader.rule(second)
    if known is None or own is None:
        return None
    off = {each.name: "0.0" for each in known.settings}
    bare = tuple(
        msgspec.structs.replace(
            each,
            values=tuple(
                msgspec.structs.replace(value, value=off.get(value.name, value.value))
                if "decay" not in value.name
                else value
                for value in each.values
            ),
        )
        for each in known.equations
    )
    found = kin(own, [KnownRule(entry="first", name=first, equations=bare)])
    return found[0] if found else None


def main() -> None:
    """Write the table; names limit it to some."""
    rows = []
    with Runner(device="cpu", limits=Limits(wall_seconds=PATIENCE)) as runner:
        reader = Reader(runner)
        for first, second in PAIRS:
            if sys.argv[1:] and not any(each in second for each in sys.argv[1:]):
                continue
            found = compared(reader, first, second)
            if found is None:
                rows.append(f"| {first} | {second} | not compared | | | a rule was not extracted | |")
                continue
            behaviour = "" if found.behaviour is None else found.behaviour
            differs = "; ".join(found.differences).replace("|", "\\|")
            off = ", ".join(found.off)
            figures = (first, second, found.verdict, found.structure, behaviour, differs, off)
            rows.append(f"| {' | '.join(map(str, figures))} |")
    (HERE / "PAIRS.md").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

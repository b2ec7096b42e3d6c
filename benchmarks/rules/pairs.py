"""``python -m benchmarks.rules.pairs``: one algorithm in two packages, rule beside rule; write PAIRS.md."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from optreview import targets
from optreview.evidence.dynamic import wire
from optreview.evidence.dynamic.client import Limits, Runner
from optreview.evidence.dynamic.wire import Job, Measure
from optreview.records import Kin, KnownRule, Option, UpdateRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent
PATIENCE = 120
#: What is compared with the first of its line; the first may have arguments.
LINES = (HERE / "pairs.txt").read_text(encoding="utf-8").splitlines()
PAIRS = tuple((line.split()[0], line.split()[1]) for line in LINES if line)
#: Of a row of the table.
_CELLS = 8
HEAD = """\
# One algorithm in two packages

Written by `python -m benchmarks.rules.pairs`. The rule of each class is extracted at its defaults, with knobs
that are off switched on, and run beside the other's with hyperparameters matched. *same*: proven over two
settings; *same-except*: once what is named is taken away; *skeleton*: numbers differ; *graded*: the formulas
differ: those told are read off the normal forms, none of them was applied, and more may differ. The
differences lead from the first class to the second. The last column is what reading both sources
has shown of the differences told, from `verified.toml`, with the lines below the table.

| First | Second | Verdict | Structure | Behaviour | What differs | Off | Read |
|---|---|---|---|---|---|---|---|
"""


class Reader:
    """Extracts rules, each once."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.found: dict[str, UpdateRule | None] = {}

    def rule(self, spec: str) -> UpdateRule | None:
        """The rule of ``package:Class``, or of ``package:Class(a=1)``."""
        if spec not in self.found:
            self.found[spec] = self.beside(spec, ())
            print(spec, flush=True)
        return self.found[spec]

    def beside(self, spec: str, known: tuple[KnownRule, ...]) -> UpdateRule | None:
        """The rule, compared where its functions are at hand."""
        name, _, rest = spec.partition("(")
        options = tuple(
            Option(name=key, value=value)
            for key, _, value in (each.partition("=") for each in rest.rstrip(")").split(";") if each)
        )
        (target,) = targets.resolve(name)
        job = Job(
            target=target,
            traces=(),
            probes=(),
            only_traces=True,
            rule=True,
            rule_options=options,
            known=known,
        )
        answered = self.runner.ask(Measure(job=job), None)
        replies = answered[1].replies if answered else ()
        return next((each.rule for each in replies if isinstance(each, wire.Extracted)), None)


def compared(reader: Reader, first: str, second: str) -> Kin | None:
    """The second beside the first."""
    known = reader.rule(first)
    if known is None:
        return None
    one = KnownRule(entry="first", name=first, equations=known.equations, settings=known.settings)
    found = reader.beside(second, (one,))
    return found.kin[0] if found and found.kin else None


class Verified(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What both sources say of a pair.

    Attributes:
        pair: The two classes, as in ``pairs.txt``, with their arguments.
        verdict: What was told when they were read: of another verdict the reading says nothing.
        true: What was told is what the sources say.
        whole: It is also all that they differ in.
        says: What the sources say.
        lines: Where: ``package/file.py:12``.
    """

    pair: tuple[str, str]
    verdict: str
    true: bool
    whole: bool = True
    says: str
    lines: tuple[str, ...]


def verified() -> tuple[Verified, ...]:
    """All of them."""
    text = (HERE / "verified.toml").read_bytes()
    return tuple(msgspec.toml.decode(text, type=dict[str, tuple[Verified, ...]])["read"])


def _rows() -> dict[tuple[str, str], str]:
    """Those of the last time, with what has been read since."""
    found = {}
    for line in (HERE / "PAIRS.md").read_text(encoding="utf-8").splitlines():
        cells = line.removeprefix("| ").removesuffix(" |").split(" | ")
        pair = (cells[0], cells[1]) if len(cells) == _CELLS else ("", "")
        if pair in PAIRS:
            found[pair] = _row((*cells[2:-1], reading(*pair, cells[2])))
    return found


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def reading(first: str, second: str, verdict: str) -> str:
    """In a word, what reading the sources has shown of what is told now."""
    known = next((each for each in verified() if each.pair == (first, second)), None)
    if verdict == "same":
        return "nothing differs"
    if known is None or known.verdict != verdict:
        return "not read"
    return "false" if not known.true else "true" if known.whole else "true, not all"


def _notes() -> Iterator[str]:
    yield "\n## What the sources say\n"
    for each in verified():
        where = ", ".join(f"`{line}`" for line in each.lines)
        yield f"- {' and '.join(each.pair)} ({each.verdict}): {each.says} {where}"
    yield ""


def main() -> None:
    """Write the table; names limit it to some, and the others keep their rows."""
    rows = _rows()
    with Runner(device="cpu", limits=Limits(wall_seconds=PATIENCE)) as runner:
        reader = Reader(runner)
        for first, second in PAIRS:
            if sys.argv[1:] and not any(each in second for each in sys.argv[1:]):
                continue
            found = compared(reader, first, second)
            if found is None:
                rows[first, second] = _row(("not compared", "", "", "a rule was not extracted", "", ""))
                continue
            behaviour = "" if found.behaviour is None else found.behaviour
            differs = "; ".join(found.differences).replace("|", "\\|")
            off = ", ".join(found.off)
            read = reading(first, second, found.verdict)
            figures = (found.verdict, found.structure, behaviour, differs, off, read)
            rows[first, second] = _row(figures)
            print(second, rows[first, second], flush=True)
    table = [
        f"| {first} | {second} {rows[first, second]}" for first, second in PAIRS if (first, second) in rows
    ]
    text = HEAD + "\n".join(table) + "\n" + "\n".join(_notes())
    (HERE / "PAIRS.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

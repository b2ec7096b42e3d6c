"""``python -m benchmarks.rules.printed``: rules as they are printed, beside what they were read against."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rules.pairs import PATIENCE, Reader
from optreview.evidence.dynamic.client import Limits, Runner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.records import Equations, UpdateRule

HERE = Path(__file__).parent
HEAD = """\
# Rules as they are printed

Written by `python -m benchmarks.rules.printed`. Every text was extracted from the code, read back, and run in
float64 beside the optimizer over twenty steps; the figure is how far the two were apart at most, over how far
the weights had moved. Knobs that are off by default are on. What reading it against the paper found stands in
`printed.toml`, by hand.
"""
_KINDS = {1: "a vector", 2: "a matrix"}


def _section(target: str, paper: str, read: str, rule: UpdateRule | None) -> Iterator[str]:
    yield f"\n## {target}\n\nRead against: {paper}. {read}\n"
    if rule is None:
        yield "\nNo rule was extracted.\n"
        return
    for each in rule.equations:
        yield from _equations(each, several=len(rule.equations) > 1)


def _equations(found: Equations, *, several: bool) -> Iterator[str]:
    on = f"On {_KINDS.get(found.dimensions, 'a tensor')}: " if several else ""
    proof = found.proof
    figure = "" if proof.error is None else f", {proof.error:.0e}"
    yield f"\n{on}{proof.verdict}{figure}. {proof.reason}".rstrip() + "\n"
    if found.text:
        yield f"\n```\n{found.text}\n```\n"
    for role in found.roles:
        if role.plus:
            yield f"\n`{role.name}` is a running mean of `{role.of}` with the decay `{role.decay}`, "
            yield f"plus `{role.plus}`, which is added again in every step.\n"


def main() -> None:
    """Write the page; names limit what is looked at, for a look on the terminal."""
    wanted = tomllib.loads((HERE / "printed.toml").read_text(encoding="utf-8"))["rule"]
    parts = [HEAD]
    with Runner(device="cpu", limits=Limits(wall_seconds=PATIENCE)) as runner:
        reader = Reader(runner)
        for each in wanted:
            if not sys.argv[1:] or any(name in each["target"] for name in sys.argv[1:]):
                parts += _section(each["target"], each["paper"], each["read"], reader.rule(each["target"]))
    if sys.argv[1:]:
        print("".join(parts[1:]))
    else:
        (HERE / "PRINTED.md").write_text("".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()

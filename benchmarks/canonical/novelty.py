"""``python -m benchmarks.canonical.novelty``: how far each rule was from older ones, as a table."""

from __future__ import annotations

import statistics
from pathlib import Path

from optreview.evidence.dynamic.rule.kinship.kin import kin
from optreview.judgement import catalogue
from optreview.judgement.novelty import distance
from optreview.records import ProgramProof, UpdateRule

HERE = Path(__file__).parent
HEAD = """\
# How far the catalogue's rules are from the older ones among them

Written by `python -m benchmarks.canonical.novelty`, for the control points of the novelty criterion. A rule's
distance is that to the nearest rule of an earlier year, at its own publication.

"""


def main() -> None:
    """Write NOVELTY.md beside this file."""
    known = catalogue.known_rules("")
    extracted = {each.entry: each for each in catalogue.canonical()}
    rows = []
    for own in known:
        before = [each for each in known if each.year < own.year]
        program = ProgramProof(verdict="unproven")
        settings = extracted[own.entry].settings
        near = kin(UpdateRule(program=program, settings=settings, equations=own.equations), before)
        if near:
            nearest = min(near, key=lambda each: (distance(each), each.entry))
            rows.append((distance(nearest), own.name, own.year, nearest.entry))
    values = sorted(row[0] for row in rows)
    cuts = statistics.quantiles(values, n=10)
    lines = [f"Of {len(values)} rules, by tenths: {', '.join(f'{cut:.2f}' for cut in cuts)}.", ""]
    lines += ["| Rule | Year | Distance | Nearest older |", "|---|---|---|---|"]
    lines += [f"| {name} | {year} | {value} | {nearest} |" for value, name, year, nearest in sorted(rows)]
    (HERE / "NOVELTY.md").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    print(lines[0])


if __name__ == "__main__":
    main()

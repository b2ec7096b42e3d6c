"""How often the rules are right: what they hit in real packages, beside verdicts from reading the source.

python benchmarks/rule_precision/report.py             writes REPORT.md beside this file
python benchmarks/rule_precision/report.py --unread R  prints the sites of rule R that have no verdict yet
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optreview.evidence.static import discover, read
from optreview.evidence.static.rules import catalogue
from optreview.targets import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.discover import Candidate

HERE = Path(__file__).parent
PACKAGES = (
    "torch.optim", "pytorch_optimizer", "torch_optimizer", "adabelief_pytorch", "dadaptation", "lion_pytorch",
    "schedulefree",
)  # fmt: skip
_SHORT = {
    "adabelief_pytorch": "adabelief",
    "pytorch_optimizer": "pytorch_opt.",
    "torch_optimizer": "torch_opt.",
}


@dataclass(frozen=True, order=True)
class Site:
    """A place that a rule objects to, by what stands there: line numbers change with every release."""

    rule: str
    package: str
    file: str
    cls: str
    line: str


@dataclass(frozen=True)
class Verdict:
    """What reading the site, or a run, said about the finding."""

    true: bool
    reason: str


def main() -> int:
    """Write the report, or list what is unread."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--unread", metavar="RULE", help="print the sites of a rule that have no verdict yet")
    arguments = parser.parse_args()
    hits, classes = measure()
    verdicts = load(HERE / "verdicts.toml")
    if arguments.unread:
        for site, (number, message) in sorted(hits.items()):
            if site.rule == arguments.unread and site not in verdicts:
                print(f"{site.package}  {site.file}:{number}  {site.cls}\n    {site.line}\n    {message}")
        return 0
    (HERE / "REPORT.md").write_text(report(hits, classes, verdicts), encoding="utf-8")
    print(f"wrote {HERE / 'REPORT.md'}")
    return 0


def measure() -> tuple[dict[Site, tuple[int, str]], Counter[str]]:
    """Every distinct site with its line number and message, and the number of classes of each package."""
    hits: dict[Site, tuple[int, str]] = {}
    classes: Counter[str] = Counter()
    for package in PACKAGES:
        for candidate in discover(resolve(package)).found:
            classes[package] += 1
            for site, number, message in _hits(package, candidate):
                hits.setdefault(site, (number, message))
    return hits, classes


def _hits(package: str, candidate: Candidate) -> Iterator[tuple[Site, int, str]]:
    evidence = read(candidate)
    target = candidate.target
    roots = [Path(root) for root in (target.root, *target.search_path)]
    for finding in evidence.findings:
        place = finding.location
        path = next(root / place.file for root in roots if (root / place.file).is_file())
        line = path.read_text(encoding="utf-8").splitlines()[place.line - 1].strip()
        name = evidence.subject.class_name
        # One package has several classes of the same name in different files: the file tells them apart.
        own = "" if place.file == evidence.subject.location.file else f" ({evidence.subject.location.file})"
        yield Site(finding.rule, package, place.file + own, name, line), place.line, finding.message


def load(path: Path) -> dict[Site, Verdict]:
    """The verdicts, by site.

    Raises:
        SystemExit: An entry is judged twice, or false without a reason.
    """
    found: dict[Site, Verdict] = {}
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["site"]:
        site = Site(entry["rule"], entry["package"], entry["file"], entry["class"], entry["line"])
        verdict = Verdict(entry["true"], entry.get("reason", ""))
        if site in found:
            sys.exit(f"{path.name}: judged twice: {site}")
        if not verdict.true and not verdict.reason:
            sys.exit(f"{path.name}: false without a reason: {site}")
        found[site] = verdict
    return found


def report(hits: dict[Site, tuple[int, str]], classes: Counter[str], verdicts: dict[Site, Verdict]) -> str:
    """The page."""
    severity = {rule.id: rule.severity for rule in catalogue()}
    ranks = ("error", "warning", "info")
    order = sorted(severity, key=lambda rule: (ranks.index(severity[rule]), rule))
    lines = [
        "# How often the rules are right",
        "",
        "Written by `make rule-precision` from the present hits and `verdicts.toml`; do not edit.",
        "",
        "Classes read: " + ", ".join(f"{package} {classes[package]}" for package in PACKAGES) + ".",
        "",
        "A cell says in how many classes, and in brackets at how many sites, a rule objects to something.",
        "A site is a line of a class: a line of a shared base counts for each class that runs it. *Read* is",
        "how many sites were opened and judged, by reading the source or by a run that decides; *right*, how",
        "many of them were both true and worth saying at the severity of the rule.",
        "",
        "| rule | severity | "
        + " | ".join(_SHORT.get(name, name) for name in PACKAGES)
        + " | read | right | precision |",
        "|---|---|" + "---|" * (len(PACKAGES) + 3),
    ]
    by_rule: dict[str, list[Site]] = defaultdict(list)
    for site in hits:
        by_rule[site.rule].append(site)
    for rule in order:
        sites = by_rule[rule]
        judged = [verdicts[site] for site in sites if site in verdicts]
        right = sum(verdict.true for verdict in judged)
        precision = f"{right / len(judged):.0%}" if judged else "–"
        cells = [_cell([site for site in sites if site.package == package]) for package in PACKAGES]
        lines.append(
            f"| {rule} | {severity[rule]} | {' | '.join(cells)} | {len(judged)} | {right} | {precision} |"
        )
    return "\n".join([*lines, *_false(hits, verdicts), *_gone(hits, verdicts, by_rule)]) + "\n"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(sites: list[Site]) -> str:
    return f"{len({(site.cls, _own(site)) for site in sites})} ({len(sites)})" if sites else "0"


def _own(site: Site) -> str:
    """The file that defines the class."""
    return site.file.partition(" (")[2].removesuffix(")") or site.file


def _false(hits: dict[Site, tuple[int, str]], verdicts: dict[Site, Verdict]) -> Iterator[str]:
    yield from ("", "## What is wrong, and why", "")
    wrong = sorted(site for site in hits if site in verdicts and not verdicts[site].true)
    for site in wrong:
        where = f"{site.package} `{site.cls}`, `{site.file}`"
        yield f"- {site.rule}: {where}, `{site.line}`: {verdicts[site].reason}"
    if not wrong:
        yield "Nothing that was read."


def _gone(
    hits: dict[Site, tuple[int, str]], verdicts: dict[Site, Verdict], by_rule: dict[str, list[Site]]
) -> Iterator[str]:
    yield from ("", "## What has changed since the verdicts were given", "")
    gone = sorted(site for site in verdicts if site not in hits)
    yield f"- Judged, but no longer hit: {len(gone)}."
    for site in gone:
        kind = "right" if verdicts[site].true else "wrong"
        yield f"  - {site.rule}: {site.package} `{site.cls}`, `{site.line}` (was {kind})"
    few = {
        rule: sum(site not in verdicts for site in sites)
        for rule, sites in sorted(by_rule.items())
        if sum(site in verdicts for site in sites) < min(20, len(sites))
    }
    told = ", ".join(f"{rule} ({count} unread)" for rule, count in few.items()) or "none"
    yield f"- Rules with fewer than 20 sites read, and not all: {told}."


if __name__ == "__main__":
    sys.exit(main())

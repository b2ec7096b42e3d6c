"""REPORT.md: shares, refusals with their sentences, protocols, snippets, the seed's list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.coverage.corpus import Package
    from benchmarks.coverage.driven import Case

#: The share of the classes of the named and of the unseen packages.
GOAL = 0.95
TITLES = {
    "named": "named by the goal",
    "listed": "DeepSpeed, for the registry's list",
    "seen": "seen by the project before",
    "fresh": "driven once before anything in them was read, then read",
    "unseen": "nobody has looked at them",
}
HEAD = """\
# How many optimizers can be driven

Written by `make coverage`. Every concrete optimizer class is built and stepped twelve times in the box, on
the small model; driven means that the weights move. Which protocols it takes is found by the ladder, and
no class is named anywhere in it. A class is refused when no protocol helps; it is still reviewed from its
source, and the page says why it was not run.

| Packages | Classes | Driven | Share | Bases |
|---|---:|---:|---:|---:|
"""


@dataclass(frozen=True)
class Result:
    """A package with its cases; of those ``tried``, ``wrong`` is what went wrong with their snippets."""

    package: Package
    cases: tuple[Case, ...]
    missing: int
    tried: set[str]
    wrong: dict[str, str]

    @property
    def driven(self) -> list[Case]:
        """Those with a recipe."""
        return [case for case in self.cases if case.recipe is not None]


def goal(results: Iterable[Result]) -> list[Result]:
    """What the goal is about: the packages that it names, and those that nobody has looked at."""
    return [each for each in results if each.package.set in {"named", "unseen"}]


def share(results: Iterable[Result]) -> float:
    """The part of the classes that is driven."""
    found = [(len(each.driven), len(each.cases)) for each in results]
    return sum(part for part, _ in found) / max(1, sum(whole for _, whole in found))


def render(results: Sequence[Result], seed: Sequence[tuple[str, str, str]], before: str) -> str:
    """The whole report."""
    parts = [HEAD + "\n".join(_sets(results)) + "\n", before]
    parts += ["## Package by package\n", "\n".join(_table(results)) + "\n"]
    parts += ["## What is refused\n", "\n".join(_refusals(results)) + "\n"]
    parts += ["## Bases that are passed over\n", "\n".join(_bases(results)) + "\n"]
    parts += ["## Protocols\n", "\n".join(_protocols(results)) + "\n"]
    parts += ["## Do the printed recipes run?\n", "\n".join(_snippets(results)) + "\n"]
    parts += ["## The list of a registry\n", "| Name | Class | Outcome |\n|---|---|---|"]
    parts += [f"| {name} | `{spec}` | {outcome} |" for name, spec, outcome in seed]
    return "\n".join(parts).rstrip("\n") + "\n"


def _sets(results: Sequence[Result]) -> Iterator[str]:
    for key, title in TITLES.items():
        chosen = [each for each in results if each.package.set == key]
        if chosen:
            yield _row(title, chosen)
    yield _row("**the goal: named, and unseen**", goal(results))
    yield _row("all", results)


def _row(title: str, chosen: Sequence[Result]) -> str:
    classes, driven = sum(len(each.cases) for each in chosen), sum(len(each.driven) for each in chosen)
    bases = sum(len(each.package.discovery.skipped) for each in chosen if each.package.discovery)
    return f"| {title} | {classes} | {driven} | {share(chosen):.1%} | {bases} |"


def _table(results: Sequence[Result]) -> Iterator[str]:
    yield "| Package | Version | Set | Classes | Driven | Not measured |"
    yield "|---|---|---|---:|---:|---:|"
    for each in results:
        package = each.package
        figures = f"{len(each.cases)} | {len(each.driven)} | {each.missing}"
        yield f"| {package.name} | {package.version} | {package.set} | {figures} |"
    for each in results:
        if each.package.refusal:
            yield f"\n{each.package.name}: {_plain(each.package.refusal)}"


def _refusals(results: Sequence[Result]) -> Iterator[str]:
    """One line for all classes of a package that say the same."""
    for each in results:
        by_sentence: dict[str, list[str]] = {}
        for case in each.cases:
            if case.failure is not None:
                own = case.failure.message.replace(case.name, "it").replace(
                    case.name.partition(":")[0], "its module"
                )
                by_sentence.setdefault(_plain(own), []).append(case.name.partition(":")[2])
        for sentence, names in by_sentence.items():
            yield f"- {each.package.name}: {', '.join(f'`{name}`' for name in names)}: {sentence}"


def _bases(results: Sequence[Result]) -> Iterator[str]:
    for each in results:
        for skipped in each.package.discovery.skipped if each.package.discovery else ():
            name = skipped.class_name or skipped.location.file
            yield f"- {each.package.name}: `{name}`: {skipped.reason}"


def _protocols(results: Sequence[Result]) -> Iterator[str]:
    found = Counter(
        name for each in results for case in each.driven if case.recipe for name in case.recipe.protocols
    )
    yield "| Protocol | Classes |"
    yield "|---|---:|"
    yield from (
        f"| `{name}` | {count} |" for name, count in sorted(found.items(), key=lambda e: (-e[1], e[0]))
    )


def _snippets(results: Sequence[Result]) -> Iterator[str]:
    tried, driven = sum(len(each.tried) for each in results), sum(len(each.driven) for each in results)
    wrong = {name: what for each in results for name, what in each.wrong.items()}
    yield (
        f"The lines that a page prints were run by hand for {tried} of {driven} classes, outside of the box, "
        f"with torch.compile left out: {tried - len(wrong)} run and move the weights."
    )
    yield ""
    yield from (f"- `{name}`: {_plain(what)}" for name, what in wrong.items())


def _plain(text: str) -> str:
    return " ".join(text.replace("|", "/").replace("<", "&lt;").split())

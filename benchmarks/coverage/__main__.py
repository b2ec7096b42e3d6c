"""``python -m benchmarks.coverage``: drive every optimizer, run the printed recipes, write REPORT.md."""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.coverage import corpus, report, snippets
from benchmarks.coverage.driven import Case, case
from optreview import targets
from optreview.errors import InputError
from optreview.evidence.dynamic.client import Limits, Runner
from optreview.evidence.static import discover

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.coverage.corpus import Package

HERE = Path(__file__).parent
#: Seconds for one class, on a busy machine.
PATIENCE = 300


def main() -> None:
    """Exits with 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held-out", type=Path, action="append", default=[], help="folder with packages")
    parser.add_argument("--only", help="one distribution, or one set")
    parser.add_argument("--keep", type=Path, help="folder that keeps what was found, for the next time")
    parser.add_argument("--kept", action="store_true", help="run no class; report on what --keep has")
    parser.add_argument(
        "--no-snippets", action="store_true", help="run no printed recipe; report on those that --keep has"
    )
    parser.add_argument("-o", "--output", type=Path, default=HERE / "REPORT.md")
    asked = parser.parse_args()
    found = list(corpus.packages(asked.held_out, asked.only))
    with Runner(device="cpu", limits=Limits(wall_seconds=PATIENCE)) as runner:
        run = None if asked.kept else runner
        results = [_result(package, run, asked.keep) for package in found]
        seed = list(_seed(run, asked.keep))
    if asked.no_snippets:
        _kept_snippets(results, asked.keep)
    else:
        _try_snippets(results, asked.held_out, asked.keep)
    before = (HERE / "BEFORE.md").read_text(encoding="utf-8")
    asked.output.write_text(report.render(results, seed, before), encoding="utf-8")
    reached = report.share(report.goal(results))
    print(f"{reached:.1%} driven; the goal is {report.GOAL:.0%}.")
    sys.exit(reached < report.GOAL)


def _result(package: Package, runner: Runner | None, keep: Path | None) -> report.Result:
    candidates = package.discovery.found if package.discovery else ()
    cases = [case(runner, each.target, keep) for each in candidates]
    known = tuple(each for each in cases if each is not None)
    return report.Result(package, known, missing=len(cases) - len(known), tried=set(), wrong={})


def _kept_snippets(results: Sequence[report.Result], keep: Path | None) -> None:
    """Note what was kept of earlier runs of the recipes; run none."""
    for result in results:
        lines = {each.name: each.recipe.snippet for each in result.driven if each.recipe is not None}
        _note(result, snippets.kept(keep, lines))


def _note(result: report.Result, said: Mapping[str, str]) -> None:
    result.tried.update(said)
    result.wrong.update({name: wrong for name, wrong in said.items() if wrong})


def _try_snippets(results: Sequence[report.Result], folders: Sequence[Path], keep: Path | None) -> None:
    """Note with each package what went wrong with the recipes of its classes."""
    for result in results:
        lines = {each.name: each.recipe.snippet for each in result.driven if each.recipe is not None}
        said = snippets.kept(keep, lines)
        waiting = {name: text for name, text in lines.items() if name not in said}
        said |= dict(zip(waiting, snippets.run(list(waiting.values()), folders), strict=True))
        snippets.store(keep, lines, said)
        _note(result, said)
        print(f"{result.package.name}: {len(lines)} recipes, {len(result.wrong)} do not run", flush=True)


def _seed(runner: Runner | None, keep: Path | None) -> Iterator[tuple[str, str, str]]:
    listed: dict[str, str] = tomllib.loads((HERE / "seed.toml").read_text(encoding="utf-8"))
    for name, spec in listed.items():
        try:
            (candidate,) = discover(targets.resolve(spec)).found
        except InputError as error:
            yield name, spec, f"not found: {error}"
            continue
        yield name, spec, _outcome(case(runner, candidate.target, keep))


def _outcome(found: Case | None) -> str:
    if found is None:
        return "not measured"
    if found.recipe is not None:
        return f"driven: {', '.join(found.recipe.protocols)}"
    message = found.failure.message if found.failure else ""
    return "reviewed from its source, not run: " + " ".join(message.replace("|", "/").split())


if __name__ == "__main__":
    main()

"""Fixes that are shown to change nothing: proposed from the source, then compared in the box."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from optreview import targets
from optreview.errors import InputError
from optreview.evidence import static
from optreview.evidence.dynamic.client import Runner
from optreview.evidence.static import mending
from optreview.mend.outcome import Outcome
from optreview.mend.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from optreview.evidence.dynamic.wire import Limits
    from optreview.evidence.static import Candidate
    from optreview.evidence.static.mending import Draft, Fix
    from optreview.mend.outcome import Observer
    from optreview.records import Target


def mend(
    specs: Sequence[str],
    observer: Observer,
    *,
    allows: Callable[[Fix], bool] = lambda _fix: True,
    limits: Limits | None = None,
    claim: Callable[[Collection[str]], None] = lambda _paths: None,
) -> Outcome:
    """Find every edit for the targets that leaves what they compute as it is; nothing is written.

    Args:
        specs: Targets as the user typed them.
        observer: Hears how far the comparison is.
        allows: Asked for each edit before it is considered.
        limits: What running one class may use.
        claim: Told which files may change, before anything is run.

    Raises:
        InputError: A target cannot be used.
    """
    resolved = [target for spec in specs for target in targets.resolve(spec)]
    found = static.discover(resolved).found
    paths = {target.path for target in resolved} | {_own(candidate, resolved) for candidate in found}
    claim(paths)

    def draft(wanted: Callable[[Fix], bool]) -> Draft:
        return mending.draft(found, paths, wanted)

    first = draft(allows)
    if not first.fixes:
        return Outcome()
    with Runner(device="cpu", limits=limits) as runner:
        return Proof(runner, draft, first, _users(resolved, found, first), observer).outcome()


def _own(candidate: Candidate, named: Sequence[Target]) -> str:
    """The file that defines a class, which a target may only pass on.

    Raises:
        InputError: It belongs to another package than the targets do.
    """
    there = candidate.target
    inside = any(
        there.path == each.path
        or (not there.lone and (there.root, there.package) == (each.root, each.package))
        for each in named
    )
    if not inside:
        raise InputError(
            f"{there.class_name} is defined in {there.path}, outside of what was named; "
            "nothing was changed. Name that file, if it is yours to change."
        )
    return there.path


def _users(
    resolved: Sequence[Target], found: Sequence[Candidate], draft: Draft
) -> dict[str, tuple[Candidate, frozenset[str]]]:
    """Every class in the edited files, and those of the targets that run their code, with what they run."""
    users = {
        mending.name_of(each): (each, draft.touched.get(mending.name_of(each), frozenset())) for each in found
    }
    edited = [
        target for target in (*resolved, *(each.target for each in found)) if target.path in draft.contents
    ]
    for target in {target.path: target for target in edited}.values():
        try:
            whole = static.discover([msgspec.structs.replace(target, class_name=None)]).found
        except InputError:
            continue
        for each in whole:
            if mending.name_of(each) not in users:
                users[mending.name_of(each)] = (each, mending.touched(each))
    return {name: users[name] for name in sorted(users) if users[name][1] & draft.contents.keys()}

"""Showing that edits change nothing: every class before and after; what changes one of them is dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence import static
from optreview.evidence.dynamic.unchanged import compare
from optreview.evidence.dynamic.wire import Follow, Job
from optreview.evidence.options import switched_off, switched_on, worth_measuring
from optreview.mend.outcome import Failing, Mended, Outcome, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from optreview.evidence.dynamic.client import Runner
    from optreview.evidence.dynamic.unchanged import Comparison, Course
    from optreview.evidence.static import Candidate
    from optreview.evidence.static.mending import Draft, Fix
    from optreview.mend.outcome import Observer

#: The order in which rules are tried when an edit changes something: what makes room for others goes first.
_FIRST = ("super_with_arguments", "deprecated_overload", "closure_without_enable_grad", "missing_no_grad")
#: Drafts that are run to find the edits that change something; what is left then is refused as a whole.
_MOST_TRIES = 48
_ROUNDS = 3


class Proof:
    """Compares classes as they are with classes as they would be.

    Args:
        runner: Where they run.
        draft: Makes the edits that it is asked to make.
        first: All edits that are wanted.
        users: The classes to compare, by name, with the files whose code they run.
        observer: Hears how far this is.
    """

    def __init__(
        self,
        runner: Runner,
        draft: Callable[[Callable[[Fix], bool]], Draft],
        first: Draft,
        users: Mapping[str, tuple[Candidate, frozenset[str]]],
        observer: Observer,
    ) -> None:
        self._runner = runner
        self._draft = draft
        self._first = first
        self._users = users
        self._observer = observer
        self._paths = tuple(sorted(first.contents))
        self._requests: dict[str, Follow] = {}
        self._before: dict[str, Course] = {}
        self._missing: dict[str, str] = {}
        self._refused: dict[Fix, str] = {}
        self._tries = 0

    def outcome(self) -> Outcome:
        """Compare, drop what changes anything, and compare again until nothing does."""
        self._observer.total(len(self._users))
        for name in self._users:
            self._before[name] = course = self._follow(name, None)
            if not course.runs:
                self._give_up(name, _why(course))
        self._refuse_unreached(lines for course in self._before.values() for lines in course.lines)
        for _ in range(_ROUNDS):
            draft = self._made(set(self._first.fixes) - self._refused.keys())
            compared = self._compared(draft, self._users)
            changed = {name: told.change for name, told in compared.items() if told.change is not None}
            known = len(self._refused)
            if changed:
                self._refuse_culprits(draft, changed)
            else:
                self._refuse_unreached(told.lines for told in compared.values())
            if len(self._refused) == known:
                return self._told(draft, compared)
        for fix in self._first.fixes:
            self._refused.setdefault(fix, "Which of the edits changes something could not be told.")
        return self._told(self._made(set()), {})

    # ---- running

    def _request(self, name: str) -> Follow:
        if name not in self._requests:
            candidate, _ = self._users[name]
            facts = static.read(candidate)
            self._requests[name] = Follow(
                job=Job(target=candidate.target, options=worth_measuring(facts)),
                also=switched_on(facts),
                alone=switched_off(facts),
                watched=self._paths,
            )
        return self._requests[name]

    def _follow(self, name: str, contents: Mapping[str, bytes] | None) -> Course:
        short = name.rpartition(":")[2]
        return self._runner.follow(
            self._request(name),
            instead=contents,
            on_phase=lambda phase: self._observer.phase(short, phase),
        )

    def _made(self, wanted: set[Fix]) -> Draft:
        if wanted == set(self._first.fixes):
            return self._first
        return self._draft(lambda fix: fix in wanted)

    def _compared(self, draft: Draft, names: Iterable[str]) -> dict[str, Comparison]:
        """Every class that runs and that the draft touches, compared with what it was."""
        return {
            name: compare(self._before[name], self._follow(name, draft.contents))
            for name in names
            if name not in self._missing and self._users[name][1] & draft.contents.keys()
        }

    # ---- refusing

    def _give_up(self, name: str, why: str) -> None:
        """Nothing can be shown for a class, so nothing is done for it."""
        self._missing[name] = why
        for fix in self._first.fixes:
            if name in fix.classes:
                self._refused.setdefault(fix, f"It cannot be shown that nothing changes: {why}")

    def _refuse_unreached(self, courses: Iterable[Sequence[Iterable[int]]]) -> None:
        """A line that no run comes to could do anything; an edit of several needs all of them."""
        executed: dict[str, set[int]] = {path: set() for path in self._paths}
        for lines in courses:
            for path, found in zip(self._paths, lines, strict=False):
                executed[path].update(found)
        for fix in self._first.fixes:
            if not executed[fix.path].issuperset(fix.lines):
                self._refused.setdefault(
                    fix,
                    "It cannot be shown that nothing changes: no run comes to all of its lines.",
                )

    def _refuse_culprits(self, draft: Draft, changed: Mapping[str, str]) -> None:
        """Find the edits that change the classes, or the classes that never do the same twice."""
        for name in changed:
            again = self._follow(name, None)
            if compare(self._before[name], again).change is not None:
                short = name.rpartition(":")[2]
                differs = f"two runs of `{short}` as it is differ from one another."
                self._give_up(name, again.failure.message if again.failure is not None else differs)
        steady = [name for name in changed if name not in self._missing]
        if not steady:
            return
        touched = frozenset().union(*(self._users[name][1] for name in steady))
        suspects = [fix for fix in draft.fixes if fix.path in touched and fix not in self._refused]
        kept = {fix for fix in draft.fixes if fix not in suspects and fix not in self._refused}
        rules = dict.fromkeys([*_FIRST, *(fix.rule for fix in suspects)])
        for rule in rules:
            self._settle([fix for fix in suspects if fix.rule == rule], kept, steady)

    def _settle(self, chunk: list[Fix], kept: set[Fix], names: Sequence[str]) -> None:
        """Keep the edits of a chunk that change nothing on top of those kept, refuse the others."""
        if not chunk:
            return
        change = self._change(kept.union(chunk), names)
        if change is None:
            kept.update(chunk)
        elif len(chunk) == 1:
            self._refused[chunk[0]] = f"With this edit {change}."
        else:
            half = len(chunk) // 2
            self._settle(chunk[:half], kept, names)
            self._settle(chunk[half:], kept, names)

    def _change(self, wanted: set[Fix], names: Sequence[str]) -> str | None:
        self._tries += 1
        if self._tries > _MOST_TRIES:
            return "too much changes to tell which edit does it"
        for name, told in self._compared(self._made(wanted), names).items():
            if told.change is not None:
                return f"`{name.rpartition(':')[2]}` {told.change}"
        return None

    # ---- telling

    def _told(self, draft: Draft, compared: Mapping[str, Comparison]) -> Outcome:
        """What is made, what is not; an edit that only another one makes possible goes with it."""
        made = set(draft.fixes)
        for fix in self._first.fixes:
            if fix not in made:
                self._refused.setdefault(
                    fix, "It is only possible together with another edit, which is not made."
                )
        return Outcome(
            files=tuple(
                Mended(path, draft.originals[path], draft.contents[path]) for path in sorted(draft.contents)
            ),
            fixes=draft.fixes,
            refused=tuple(Refused(fix, self._refused[fix]) for fix in sorted(self._refused)),
            equal=tuple((name, len(told.equal)) for name, told in compared.items()),
            missing=tuple(sorted(self._missing.items())),
            failing=tuple(
                Failing(name.rpartition(":")[2], setting, error)
                for name, told in compared.items()
                for setting, error in told.mended
            ),
        )


def _why(course: Course) -> str:
    if course.failure is not None:
        return course.failure.message
    errors = [trail.error for trail in course.trails if trail.error is not None]
    return f"it raises {errors[0].rstrip('.')}." if errors else "it could not be run."

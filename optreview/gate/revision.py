"""Another revision of the user's checkout in a temporary folder; the checkout and its .git are only read."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from optreview import targets
from optreview.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.records import Target
    from optreview.selection import Selection

#: What git would otherwise write, ask for or leave out.
_QUIET = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.sparseCheckout=false",
    "-c",
    "advice.detachedHead=false",
)


@dataclass(frozen=True)
class Revision:
    """A revision that lies in a folder.

    Attributes:
        name: As the user calls it.
        top: The root of the user's checkout.
        folder: The root of the revision.
    """

    name: str
    top: Path
    folder: Path

    def resolve(self, specs: Sequence[str]) -> list[Target]:
        """What the targets are in the revision; what is not there yet is left out.

        Raises:
            InputError: A target is not in the checkout, so that no revision of it has another.
        """
        found: list[Target] = []
        for spec in specs:
            here = targets.resolve(spec)
            outside = next((each for each in here if not Path(each.path).is_relative_to(self.top)), None)
            if outside is not None:
                raise InputError(
                    f"The target {spec!r} is {outside.path}, which is not in the checkout {self.top}; "
                    "only what is in it can be compared with another revision of it."
                )
            found += self._there(spec)
        return found

    def accepting(self, selection: Selection | None) -> Selection | None:
        """The same selection of findings, for the files of the revision."""
        if selection is None:
            return None
        accepted = (
            replace(each, origin=self._moved(each.origin)) if each.origin.is_relative_to(self.top) else each
            for each in selection.accepted
        )
        return replace(selection, accepted=tuple(accepted))

    def _there(self, spec: str) -> tuple[Target, ...]:
        place, colon, name = spec.rpartition(":")
        path = Path(place if colon else spec).expanduser()
        try:
            if path.exists() and path.resolve().is_relative_to(self.top):
                return targets.resolve(f"{self._moved(path.resolve())}{colon}{name if colon else ''}")
            found = targets.resolve(spec, self._places())
        except InputError:  # it is new
            return ()
        return tuple(each for each in found if Path(each.path).is_relative_to(self.folder))

    def _places(self) -> list[str]:
        """Where modules of the checkout are found, in the revision."""
        searched = [Path.cwd(), *(Path(entry).resolve() for entry in sys.path if entry)]
        inside = [each for each in searched if each.is_relative_to(self.top)]
        return [str(self._moved(each)) for each in dict.fromkeys([*inside, self.top, self.top / "src"])]

    def _moved(self, path: Path) -> Path:
        return self.folder / path.relative_to(self.top)


@contextmanager
def checked_out(name: str) -> Iterator[Revision]:
    """The files of a revision, until the block ends.

    Raises:
        InputError: There is no git, no checkout, or no such revision; the sentence says what to do.
    """
    top = _top()
    commit = _commit(top, name)
    with tempfile.TemporaryDirectory(prefix="optreview-") as made:
        folder = Path(made).resolve() / "tree"
        folder.mkdir()
        # An index of its own: git's is not touched, and no file is left out as an archive may leave some out.
        index = {"GIT_INDEX_FILE": str(folder.parent / "index"), "GIT_OPTIONAL_LOCKS": "0"}
        _git(top, "read-tree", commit, extra=index)
        _git(top, "checkout-index", "--all", "--quiet", f"--prefix={folder}{os.sep}", extra=index)
        (folder / ".git").mkdir(exist_ok=True)  # marks the root of a project, as it does in the checkout
        yield Revision(name, top, folder)


def _top() -> Path:
    here = Path.cwd()
    try:
        return Path(_git(here, "rev-parse", "--show-toplevel").strip()).resolve()
    except InputError as error:
        if "not a git repository" not in str(error):
            raise
        raise InputError(
            f"{here} is not in a git checkout, so there is no revision to compare with; leave out --against "
            "to compare with a baseline."
        ) from None


def _commit(top: Path, name: str) -> str:
    try:
        return _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").strip()
    except InputError:
        pass
    if _git(top, "rev-parse", "--is-shallow-repository").strip() == "true":
        raise InputError(
            f"The revision {name!r} is not in this checkout, which is shallow; 'git fetch --unshallow' "
            "brings the history, as in GitHub Actions 'fetch-depth: 0' for actions/checkout does."
        )
    raise InputError(
        f"There is no revision {name!r} in this checkout; 'git branch --all' and 'git tag' list names, and "
        "'git fetch' brings those of the server."
    )


def _git(folder: Path, *arguments: str, extra: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the user's own git, with arguments that are no options
            ["git", *_QUIET, *arguments],  # noqa: S607
            cwd=folder,
            env={**os.environ, "LC_ALL": "C", **(extra or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise InputError("--against needs git, which is not installed or not on PATH.") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise InputError(f"git {arguments[0]} failed: {said[-1] if said else 'it said nothing'}.")
    return done.stdout.decode(errors="replace")

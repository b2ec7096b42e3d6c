"""Another revision of a real checkout: all of its files, nothing left behind, and what to do without it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from optreview.errors import InputError
from optreview.gate.revision import checked_out
from optreview.selection import Accepted, Selection

MAIN = ("-c", "init.defaultBranch=main", "-c", "user.name=n", "-c", "user.email=e@example.org")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *MAIN, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits, and a change that is in neither."""
    folder = tmp_path / "checkout"
    (folder / "src" / "pack").mkdir(parents=True)
    git(folder, "init")
    (folder / ".gitattributes").write_text("old.py export-ignore\n", encoding="utf-8")
    (folder / "src" / "pack" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "src" / "pack" / "old.py").write_text("x = 1\n", encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    (folder / "src" / "pack" / "old.py").write_text("x = 2\n", encoding="utf-8")
    (folder / "src" / "pack" / "new.py").write_text("x = 3\n", encoding="utf-8")
    git(folder, "commit", "-am", "second")
    (folder / "src" / "pack" / "old.py").write_text("x = 4\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_it_has_every_file_and_leaves_the_checkout_as_it_is(checkout: Path) -> None:
    before = content(checkout)
    with checked_out("HEAD~1") as revision:
        found = [Path(each.path).relative_to(revision.folder) for each in revision.resolve(["src/pack"])]
        assert [str(each) for each in found] == ["src/pack/__init__.py", "src/pack/old.py"]
        assert (revision.folder / "src/pack/old.py").read_text(encoding="utf-8") == "x = 1\n"
    assert not revision.folder.parent.exists()
    assert content(checkout) == before


def test_it_is_gone_when_the_user_interrupts(checkout: Path) -> None:
    with pytest.raises(KeyboardInterrupt), checked_out("HEAD") as revision:
        raise KeyboardInterrupt
    assert not revision.folder.parent.exists()


def test_names_of_modules_and_new_files(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(checkout / "src")
    with checked_out("main") as revision:
        (found,) = revision.resolve(["pack.old"])
        assert found.path == str(revision.folder / "src/pack/old.py")
        assert (found.module, found.root) == ("pack.old", str(revision.folder / "src"))
        assert revision.resolve(["src/pack/new.py", "pack.new"]) == []


def test_what_is_not_in_the_checkout_has_no_revision(checkout: Path) -> None:
    with checked_out("main") as revision, pytest.raises(InputError, match="which is not in the checkout"):
        revision.resolve(["torch.optim:SGD"])


def test_what_the_project_accepts_is_accepted_in_a_revision(checkout: Path, tmp_path: Path) -> None:
    entry = Accepted("r", "why", checkout / "pyproject.toml", path="src/*")
    outside = Accepted("r", "why", tmp_path / "elsewhere" / "pyproject.toml")
    with checked_out("main") as revision:
        found = revision.accepting(Selection(accepted=(entry, outside)))
        assert found is not None
        assert found.accepting("r", revision.folder / "src/pack/old.py")
        assert not found.accepting("r", revision.folder / "other.py")
        assert found.accepted[1] == outside
        assert revision.accepting(None) is None


@pytest.mark.parametrize("name", ["nowhere", "--output=x", "HEAD~9", ""])
def test_a_revision_that_is_not_there(checkout: Path, name: str) -> None:
    with pytest.raises(InputError, match="There is no revision"), checked_out(name):
        pass


def test_a_shallow_checkout_says_how_to_get_more(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = checkout.parent / "copy"
    git(checkout.parent, "clone", "--depth", "1", checkout.as_uri(), str(copy))
    monkeypatch.chdir(copy)
    with pytest.raises(InputError, match="which is shallow; 'git fetch --unshallow"), checked_out("HEAD~1"):
        pass


def test_without_a_checkout_or_without_git(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="is not in a git checkout"), checked_out("main"):
        pass
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="needs git, which is not installed"), checked_out("main"):
        pass

"""What an edit changes is found and dropped, alone; files are replaced whole or not at all."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
import torch_optimizer

from optreview.errors import InputError
from optreview.evidence.static import mending
from optreview.evidence.static.edits import Edit
from optreview.evidence.static.rule import Hit, Rule
from optreview.evidence.static.rules import catalogue
from optreview.mend import mend, writing
from optreview.mend.outcome import Mended, Outcome
from optreview.records import Location

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from optreview.evidence.static.reading import Reading

SOURCE = """\
import torch


class First(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-2, decay=0.0, never=None):
        super(First, self).__init__(params, dict(lr=lr, decay=decay, never=never))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if group["never"] is not None:
                    p.data.mul_(group["never"])
                if group["decay"]:
                    p.mul_(1 - group["decay"])
                p.data.add_(p.grad, alpha=-group["lr"])


class Second(torch.optim.Optimizer):
    def __init__(self, params):
        super(Second, self).__init__(params, {})
        raise NotImplementedError("to be done")

    def step(self, closure=None):
        pass
"""


class Replace(Rule):
    """A rule that writes one text for another.

    It is wrong on purpose.
    """

    severity = "info"
    effort = "trivial"
    remedy = "None."
    flawed = ()
    clean = ()

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self._pairs = pairs

    @property
    def id(self) -> str:
        return "wrong"

    def hits(self, reading: Reading) -> Iterator[Hit]:
        module = reading.lineage.subject.module
        for old, new in self._pairs:
            start = module.code.find(old)
            if start >= 0 and reading.lineage.subject.name == "First":
                line = module.code[:start].count("\n") + 1
                column = start - module.code.rfind("\n", 0, start)
                place = Location(file=module.file, line=line, column=column)
                yield Hit(place, f"{old} is old", edits=(Edit(start, start + len(old), new),))


class Silent:
    def total(self, classes: int) -> None:
        self.classes = classes

    def phase(self, class_name: str, phase: str) -> None:
        pass


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The source with two wrong edits, one of them only under an option, and a harmless one."""
    path = tmp_path_factory.mktemp("mend") / "both.py"
    path.write_text(SOURCE)
    wrong = Replace(
        ("p.mul_(1 - group", "p.mul_(1 - 2 * group"),
        ("p.grad, alpha=-group", "p.grad, alpha=-2 * group"),
        ("for group in self.param_groups", "for group in list(self.param_groups)"),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mending, "catalogue", lambda: (*catalogue(), wrong))
        return mend([str(path)], Silent())


def reasons(outcome: Outcome, rule: str) -> dict[int, str]:
    return {each.fix.line: each.reason for each in outcome.refused if each.fix.rule == rule}


def test_what_changes_something_is_dropped_alone(outcome: Outcome) -> None:
    refused = reasons(outcome, "wrong")
    assert refused.keys() == {15, 16}
    assert "`First` differs in the parameters after step 1 with its defaults" in refused[16]
    assert "`First` differs in the parameters after step 1 with decay=0.1" in refused[15]
    assert {(fix.rule, fix.line) for fix in outcome.fixes} == {
        ("super_with_arguments", 6),
        ("wrong", 10),
        ("data_attribute", 16),
    }


def test_what_no_run_comes_to_is_not_edited(outcome: Outcome) -> None:
    assert list(reasons(outcome, "data_attribute")) == [13]
    assert "no run comes to all of its lines" in reasons(outcome, "data_attribute")[13]


def test_a_class_that_cannot_be_run_is_not_edited(outcome: Outcome) -> None:
    assert list(reasons(outcome, "super_with_arguments")) == [21]
    assert [name.rpartition(":")[2] for name, _ in outcome.missing] == ["Second"]
    assert "to be done" in outcome.missing[0][1]
    assert [name.rpartition(":")[2] for name, _ in outcome.equal] == ["First"]


def test_the_file_is_what_it_was_but_for_the_edits(outcome: Outcome) -> None:
    (file,) = outcome.files
    assert file.before == SOURCE.encode()
    assert file.after.decode() == SOURCE.replace("super(First, self)", "super()").replace(
        "p.data.add_", "p.add_"
    ).replace("in self.param_groups", "in list(self.param_groups)")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.py"
    path.write_bytes(b"before\r\n")
    return path


def test_writing_keeps_the_mode(file: Path) -> None:
    file.chmod(0o640)
    writing.write([Mended(str(file), b"before\r\n", b"after\r\n")])
    assert file.read_bytes() == b"after\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [entry.name for entry in file.parent.iterdir()] == ["file.py"]


def test_nothing_is_written_when_one_file_has_changed_meanwhile(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_bytes(b"changed")
    with pytest.raises(InputError, match="has changed"):
        writing.write(
            [Mended(str(file), b"before\r\n", b"after\r\n"), Mended(str(other), b"before", b"after")]
        )
    assert file.read_bytes() == b"before\r\n"
    assert other.read_bytes() == b"changed"


def test_a_file_that_is_gone_is_a_sentence(file: Path) -> None:
    file.unlink()
    with pytest.raises(InputError, match="has changed"):
        writing.write([Mended(str(file), b"before\r\n", b"after\r\n")])


def test_a_read_only_file_is_not_claimed(file: Path) -> None:
    file.chmod(0o444)
    with pytest.raises(InputError, match="read-only"):
        writing.claim([str(file)])


def test_an_installed_package_is_not_claimed() -> None:
    with pytest.raises(InputError, match="installed package"):
        writing.claim([torch_optimizer.sgdw.__file__])


class ClaimedError(Exception):
    """Holds the names of the files that were about to be edited."""


@pytest.mark.parametrize("spec", ["own:First", "own/__init__.py:First", "own", "own.sub:First"])
def test_a_class_that_its_own_package_passes_on_is_edited_where_it_is_defined(
    packages: Path, spec: str
) -> None:
    with pytest.raises(ClaimedError) as raised:
        mend([spec], Silent(), claim=claimed)
    assert str(packages / "own" / "impl.py") in raised.value.args[0]
    assert not any("other" in path for path in raised.value.args[0])


@pytest.mark.parametrize("spec", ["passing:First", "passing/__init__.py:First", "lone.py:First"])
def test_a_file_of_another_package_is_never_edited(packages: Path, spec: str) -> None:
    place = packages / "other" / "impl.py"
    with pytest.raises(InputError, match=f"First is defined in {place}, outside of what was named"):
        mend([spec], Silent(), claim=claimed)
    with pytest.raises(ClaimedError):
        mend([spec, str(place)], Silent(), claim=claimed)


def claimed(paths: Collection[str]) -> None:
    raise ClaimedError(sorted(paths))


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two packages with a class each, and a package and a file that only pass the second's on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("own", "own/sub", "other", "passing"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
    for name in ("own", "other"):
        (tmp_path / name / "impl.py").write_text(SOURCE)
    passed_on = "from other.impl import First as First\n\n__all__ = ['First']\n"
    (tmp_path / "own" / "__init__.py").write_text("from .impl import First as First\n")
    (tmp_path / "own" / "sub" / "__init__.py").write_text("from own.impl import First as First\n")
    (tmp_path / "passing" / "__init__.py").write_text(passed_on)
    (tmp_path / "lone.py").write_text(passed_on)
    return tmp_path


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.py"
    link.symlink_to(file)
    path = str(link.resolve())
    writing.write([Mended(path, b"before\r\n", b"after\r\n")])
    assert link.is_symlink()
    assert link.read_bytes() == b"after\r\n"

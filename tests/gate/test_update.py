"""What an update keeps and drops, and which classes the targets speak for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from optreview.errors import InputError
from optreview.evidence.dynamic import workloads
from optreview.gate.scope import Scope
from optreview.gate.update import _changed, merged
from optreview.records import WORKLOAD_VERSION
from tests.gate.test_compare import baseline, known, run

if TYPE_CHECKING:
    from pathlib import Path

OLD = baseline(A=known(), B=known(), C=known())
NEW = baseline(A=known(run(4.0)), D=known())


def test_what_the_targets_do_not_cover_stays() -> None:
    found = merged(OLD, NEW, (), lambda name: name.endswith(("A", "B")))
    assert sorted(found.optimizers) == ["pack.age:A", "pack.age:C", "pack.age:D"]
    assert found.optimizers["pack.age:A"] == known(run(4.0))


def test_what_could_not_be_measured_stays() -> None:
    found = merged(OLD, NEW, ["pack.age:B"], lambda name: True)
    assert sorted(found.optimizers) == ["pack.age:A", "pack.age:B", "pack.age:D"]


def test_two_versions_of_torch_do_not_mix() -> None:
    other = baseline(torch="2.14", A=known())
    assert sorted(merged(OLD, other, ["pack.age:B"], lambda name: True).optimizers) == ["pack.age:A"]
    with pytest.raises(InputError, match=r"torch 2\.13 on cpu, and this is torch 2\.14.*update all of them"):
        merged(OLD, other, (), lambda name: name.endswith("A"))


def test_every_difference_is_listed() -> None:
    before = baseline(
        A=known(run(8.0, {"m": 4.0, "v": 4.0}), allocations=("a = b * c",), growth=None), B=known()
    )
    after = baseline(torch="2.14", A=known(run(4.0, {"m": 4.0}), allocations=("a = c",)), B=known())
    (first, told), (second, also) = _changed(before, after)
    assert (first, second, also) == ("pack.age:A", "pack.age:B", ("torch: 2.13 → 2.14",))
    assert told == (
        "torch: 2.13 → 2.14",
        "allocations: no longer 'a = b * c'",
        "allocations: now 'a = c'",
        "growth: nothing → constant",
        "runs float32 default buffers v: 4.0 → nothing",
        "runs float32 default state: 8.0 → 4.0",
    )
    assert list(_changed(OLD, OLD)) == []


def test_a_package_speaks_for_what_is_gone_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "pack" / "inner"
    folder.mkdir(parents=True)
    for path in (tmp_path / "pack" / "__init__.py", folder / "__init__.py", folder / "one.py"):
        path.write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    package = Scope(["pack"], whole=False)
    assert package.holds("pack.inner.gone:A")
    assert not package.holds("package.one:A")
    file = Scope(["pack/inner/one.py"], whole=False)
    assert file.holds("pack.inner.one:Gone")
    assert not file.holds("pack.inner.two:A")
    one = Scope(["pack/inner/one.py:A"], whole=False)
    assert one.holds("pack.inner.one:A")
    assert not one.holds("pack.inner.one:B")
    assert Scope(["pack/inner/one.py:A"], whole=True).holds("anything:B")


def test_the_version_of_the_models_is_that_of_these_models() -> None:
    told = [workloads.SEED, *((name, workloads.shapes(name)) for name in (workloads.MAIN, workloads.SMALL))]
    digest = hashlib.sha256(repr(told).encode()).hexdigest()[:16]
    assert (WORKLOAD_VERSION, digest) == (1, "2fce2a0f1853daf1"), (
        "raise WORKLOAD_VERSION, and note the new digest here"
    )

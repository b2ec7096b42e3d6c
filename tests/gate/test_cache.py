"""The cache answers what was measured, and nothing that was damaged, put there by others, or may not last."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from optreview import models, targets, versions
from optreview.evidence.dynamic import failures
from optreview.evidence.dynamic.wire import Limits
from optreview.gate import cache
from optreview.gate.asked import Asked
from optreview.gate.cache import Cache
from optreview.gate.measuring import How
from optreview.records import Failure
from optreview.records.baseline import Gauged
from optreview.records.memory import Share
from tests import samples

if TYPE_CHECKING:
    from pathlib import Path

FAILED = Failure(kind="not-driven", message="It moves nothing.")


def measured(*failures: Failure) -> Gauged:
    found = samples.evidence().dynamic
    assert found is not None
    shares = (Share(key="m", family="matrix", bytes=3600), Share(key="m", family="vector", bytes=400))
    return Gauged(evidence=structs.replace(found, failures=failures), shares=(shares,))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def opened(place: Path) -> Cache:
    return Cache(place, Limits())


def kept(place: Path, answer: Gauged | Failure) -> Path:
    """The file in which an answer was kept."""
    opened(place).put("ab", answer)
    (path,) = place.glob("*/*")
    return path


def test_what_was_measured_is_answered_by_another_process(place: Path) -> None:
    for answer in (measured(), FAILED):
        opened(place).put("ab", answer)
        assert opened(place).get("ab") == answer
    assert opened(place).get("cd") is None


@pytest.mark.parametrize("kind", ["timeout", "memory-limit", "crash", "process-limit", "import-failed"])
def test_what_load_or_the_machine_may_have_done_is_not_kept(place: Path, kind: str) -> None:
    failure = Failure(kind=kind, message="It did not finish.")
    opened(place).put("ab", failure)
    opened(place).put("cd", measured(failure))
    assert not place.exists()


def test_what_the_larger_model_took_too_much_for_is_kept_for_machines_like_this_one(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = failures.oversized("mine.Mine", "8 GiB")
    answer = measured(failure)
    opened(place).put("ab", answer)
    assert opened(place).get("ab") == answer
    larger = {name: 2 * count for name, count in cache._machine().items()}
    monkeypatch.setattr(cache, "_machine", lambda: larger)
    assert opened(place).get("ab") is None
    opened(place).put("cd", measured(failure, structs.replace(failure, kind="crash")))
    assert opened(place).get("cd") is None


@pytest.mark.parametrize(
    "damage", [lambda held: held[:-9], lambda held: b"", lambda held: held.replace(b"1", b"2")]
)
def test_what_is_damaged_is_measured_again(place: Path, damage) -> None:
    path = kept(place, measured())
    path.write_bytes(damage(path.read_bytes()))
    assert opened(place).get("ab") is None
    opened(place).put("ab", FAILED)
    assert opened(place).get("ab") == FAILED


def test_many_at_the_same_time_leave_whole_files(place: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: opened(place).put("ab", measured()), range(16)))
    assert opened(place).get("ab") == measured()
    assert len(list(place.glob("*/*"))) == 1


def test_a_folder_that_others_may_write_to_is_not_used(place: Path) -> None:
    kept(place, FAILED)
    place.chmod(0o777)
    assert opened(place).get("ab") is None


def test_what_nobody_asked_for_in_a_month_goes(place: Path) -> None:
    path = kept(place, FAILED)
    old = time.time() - 40 * 24 * 3600
    os.utime(path, (old, old))
    used = opened(place)
    used.put("cd", FAILED)
    used.close()
    assert not path.exists()
    assert used.get("cd") == FAILED


def test_the_key_hangs_on_sources_limits_and_versions(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.py"
    path.write_text("class Mine: ...\n", encoding="utf-8")
    (target,) = targets.resolve(f"{path}:Mine")
    keys = {opened(place).key(target), Cache(place, Limits(wall_seconds=5)).key(target)}
    monkeypatch.setattr(versions, "_version", lambda name: "another")
    keys.add(opened(place).key(target))
    path.write_text("class Mine: pass\n", encoding="utf-8")
    keys.add(opened(place).key(target))
    asked = Asked(models=(("*", models.built_in("dcgan")),))
    keys |= {opened(place).key(target, each.of("mine:Mine")) for each in (Asked(), Asked(True), asked)}
    assert len(keys) == 7


def test_a_copy_elsewhere_has_the_same_key(tmp_path: Path, place: Path) -> None:
    found = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.py").write_text("class Mine: ...\n", encoding="utf-8")
        (target,) = targets.resolve(f"{tmp_path / name / 'mine.py'}:Mine")
        found.add(opened(place).key(target))
    assert len(found) == 1


def test_without_the_box_or_on_an_accelerator_nothing_is_kept() -> None:
    assert How(device="cpu", cached=True).cache() is not None
    assert How(device="cpu", cached=True, limits=Limits(sandboxed=False)).cache() is None
    assert How(device="auto", cached=True).cache() is None
    assert How(device="cpu").cache() is None

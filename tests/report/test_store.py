"""Files of reviews: named apart, written whole or not at all, strangers' files untouched."""

import os
from pathlib import Path

import msgspec
import pytest

from optreview import disk
from optreview.errors import InputError
from optreview.judgement import verdict
from optreview.records import GENERATOR, SCHEMA_VERSION, Review, encode
from optreview.report import index, store
from optreview.report.delivery import Delivery
from optreview.report.store import ClassName
from tests import samples


def review(**names):
    evidence = samples.renamed(samples.evidence(), **names)
    return Review(
        schema_version=SCHEMA_VERSION,
        generator=GENERATOR,
        generator_version="0",
        evidence=evidence,
        judged=verdict.weigh(evidence),
    )


def deliver(folder, *reviews, force=False):
    delivery = Delivery(folder, force=force)
    delivery.reserve([ClassName.of(r.evidence.static.subject) for r in reviews])
    pages = [delivery.deliver(r) for r in reviews]
    delivery.close()
    return pages


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_page_record_and_index_stand_together(tmp_path):
    deliver(tmp_path, review())
    assert files(tmp_path) == ["index.md", "toy/Toy.json", "toy/Toy.md"]
    assert store.load(tmp_path / "toy/Toy.json") == review()
    assert "toy/Toy.md" in (tmp_path / "index.md").read_text()


def test_one_class_name_in_three_packages_never_collides(tmp_path):
    deliver(tmp_path, *(review(package=p, module=p) for p in ("a", "b", "c")))
    assert [f for f in files(tmp_path) if f.endswith(".md")] == [
        "a/Toy.md",
        "b/Toy.md",
        "c/Toy.md",
        "index.md",
    ]


def test_one_class_name_in_two_modules_of_a_package_is_told_apart(tmp_path):
    deliver(tmp_path, review(package="a", module="a.x"), review(package="a", module="a.y"))
    assert [f for f in files(tmp_path) if f.endswith("Toy.md")] == ["a/a.x.Toy.md", "a/a.y.Toy.md"]


@pytest.mark.parametrize("name", ["../../escape", "a/b", "C:\\x", "..", "nul\x00"])
def test_no_name_leaves_the_folder(tmp_path, name):
    folder = tmp_path / "out"
    found = store.places(folder, [ClassName(name, name, name)])
    for place in found.values():
        assert place.page.resolve().is_relative_to(folder.resolve())


def test_writing_again_gives_the_same_bytes(tmp_path):
    deliver(tmp_path, review())
    before = {f: (tmp_path / f).read_bytes() for f in files(tmp_path)}
    deliver(tmp_path, review())
    assert {f: (tmp_path / f).read_bytes() for f in files(tmp_path)} == before


@pytest.mark.parametrize("name", ["toy/Toy.md", "toy/Toy.json"])
def test_a_strangers_file_is_never_overwritten_without_force(tmp_path, name):
    stranger = tmp_path / name
    stranger.parent.mkdir()
    stranger.write_text("mine")
    with pytest.raises(InputError, match="--force"):
        deliver(tmp_path, review())
    assert stranger.read_text() == "mine"
    assert files(tmp_path) == [name]
    deliver(tmp_path, review(), force=True)
    assert stranger.read_text() != "mine"


def test_the_review_of_another_class_is_not_replaced(tmp_path):
    deliver(tmp_path, review(package="a", module="a.x"))
    with pytest.raises(InputError, match=r"a\.x:Toy"):
        deliver(tmp_path, review(package="a", module="a.y"))


def test_a_strangers_index_is_left_alone(tmp_path):
    (tmp_path / "index.md").write_text("mine")
    deliver(tmp_path, review())
    assert (tmp_path / "index.md").read_text() == "mine"
    assert index.refresh(tmp_path, force=False) is None


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="space"):
        disk.write_atomically(path, b"new")
    assert files(tmp_path) == ["file"]
    assert path.read_bytes() == b"old"


def test_the_output_folder_is_checked_before_anything_runs(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="not a folder"):
        Delivery(tmp_path / "file", force=False)
    with pytest.raises(InputError, match="not a folder"):
        Delivery(tmp_path / "file" / "below", force=False)
    assert not (tmp_path / "new").exists()
    Delivery(tmp_path / "new", force=False)
    assert not (tmp_path / "new").exists()


def test_a_page_is_readable_by_others(tmp_path):
    before = os.umask(0o022)
    try:
        deliver(tmp_path, review())
    finally:
        os.umask(before)
    assert (tmp_path / "toy/Toy.md").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a review record"),
        (b"{}", "not a review record"),
        (b"\xff\xfe", "not a review record"),
        (encode(review())[:-200], "not a review record"),
        (encode(msgspec.structs.replace(review(), schema_version="9.0.0")), "schema version 9.0.0"),
        (encode(review()).replace(b'"judged"', b'"judgd"'), "damaged"),
    ],
)
def test_a_record_that_cannot_be_used_is_a_clear_sentence(tmp_path, content, words):
    path = tmp_path / "r.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        store.load(path)


def test_a_missing_record_is_a_clear_sentence(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        store.load(tmp_path / "missing.json")

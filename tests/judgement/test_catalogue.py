"""The data files of the rubric: complete, unambiguous, and readable."""

import re

import pytest

from optreview import resources
from optreview.errors import InputError
from optreview.judgement import catalogue, criteria, datafiles, rubric, usecase
from optreview.records import UseCase


def test_every_file_of_the_rubric_is_read():
    folder = resources.rubrics()
    assert len(catalogue.load()) == len(list((folder / "catalogue").glob("*.toml"))) >= 20
    assert len(criteria.load()) == len(list((folder / "criteria").glob("*/*")))
    assert {c.dimension for c in criteria.load()} <= {d.id for d in rubric.load().dimensions}


def test_no_name_or_alias_stands_for_two_optimizers():
    names = [n.lower() for entry in catalogue.load() for n in (entry.name, *entry.aliases)]
    assert len(names) == len(set(names))


def test_every_ancestor_is_in_the_catalogue_and_not_younger():
    known = {entry.name: entry for entry in catalogue.load()}
    for entry in catalogue.load():
        if entry.ancestor is not None:
            assert known[entry.ancestor].year <= entry.year, entry.id


def test_texts_are_whole_sentences():
    for entry in catalogue.load():
        assert len(re.findall(r"\.(?= |$)", entry.idea)) == 2, entry.id
        texts = (entry.idea, entry.change, entry.conversion.advice, *entry.deviations, entry.users or ".")
        assert all(text.endswith(".") for text in texts), entry.id
        assert not entry.watch.endswith("."), entry.id
        assert not entry.watch.startswith("`"), f"{entry.id}: a constant is chosen, not watched"


def test_a_conversion_that_nobody_published_is_called_a_rule_of_thumb():
    for entry in catalogue.load():
        if entry.conversion.lr is not None and not entry.conversion.published:
            assert "rule of thumb" in entry.conversion.advice, entry.id


def test_no_criterion_id_is_used_twice():
    ids = [c.id for c in criteria.load()]
    assert len(ids) == len(set(ids))


def test_identification_is_by_name_and_says_so():
    found = catalogue.identify("adabelief")
    assert found is not None
    assert (found.entry, found.grounds) == ("adabelief", "class name")
    assert catalogue.identify("AdaBeliefButDifferent") is None


def test_a_broken_file_is_named(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("title = 3\nunknown = 1\n")
    with pytest.raises(InputError, match=r"broken\.toml"):
        datafiles.decode(path, UseCase, id="broken")


def test_tiers_are_the_three_of_the_default_hardware():
    assert [t.batch for t in usecase.tiers()] == [1, 4, 16]

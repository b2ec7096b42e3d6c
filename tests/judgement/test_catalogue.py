"""The data files of the rubric: complete, unambiguous, and readable."""

import pytest

from optreview import resources
from optreview.errors import InputError
from optreview.judgement import catalogue, criteria, datafiles, rubric, usecase


def test_every_file_of_the_rubric_is_read():
    folder = resources.rubrics()
    assert len(catalogue.load()) == len(list((folder / "catalogue").iterdir())) >= 20
    assert len(criteria.load()) == len(list((folder / "criteria").glob("*/*")))
    assert {c.dimension for c in criteria.load()} <= {d.id for d in rubric.load().dimensions}


def test_no_name_or_alias_stands_for_two_optimizers():
    names = [n.lower() for entry in catalogue.load() for n in (entry.name, *entry.aliases)]
    assert len(names) == len(set(names))


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
        datafiles.decode(path, usecase.UseCase, id="broken")


def test_tiers_are_the_three_of_the_default_hardware():
    assert [t.batch for t in usecase.tiers()] == [1, 4, 16]

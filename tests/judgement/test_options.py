"""The lineage of options: every file readable, no name for two things, no common name without an idea."""

from __future__ import annotations

import importlib
import re
import tomllib
from collections import Counter
from importlib import metadata
from pathlib import Path

import pytest

from optreview import resources
from optreview.errors import InputError
from optreview.judgement import catalogue, datafiles, options

IDEAS = {idea.id: idea for idea in options.load()}
NAMES = Path(__file__).parents[2] / "benchmarks" / "options" / "NAMES.toml"


def test_every_file_is_read():
    folder = resources.rubrics() / "catalogue" / "options"
    assert len(IDEAS) == len(list(folder.iterdir())) >= 60


def test_no_name_stands_for_two_ideas_and_an_id_that_is_a_name_is_its_own():
    names = Counter(name for idea in IDEAS.values() for name in idea.names)
    assert [name for name, times in names.items() if times > 1] == []
    for idea in IDEAS.values():
        assert [name for name in idea.names if name in IDEAS and name != idea.id] == []


@pytest.mark.parametrize("idea", IDEAS.values(), ids=IDEAS)
def test_an_idea_is_told_in_short_whole_sentences(idea):
    assert idea.names
    assert set(idea.beside) <= set(idea.names)
    assert not idea.title[0].islower()
    assert idea.title[-1] != "."
    assert 1 <= len(re.findall(r"\.(?= |$)", idea.idea)) <= 2
    for text in (idea.idea, idea.cost, idea.caution or "."):
        assert text.endswith(".")
        assert len(text) <= 240
    assert not re.search(r"\d+(\.\d+)?\s?(×|%|x\b|B\b)", idea.cost), "figures are measured"


@pytest.mark.parametrize("idea", IDEAS.values(), ids=IDEAS)
def test_a_publication_is_whole_or_absent(idea):
    if idea.paper is None:
        assert (idea.year, idea.url) == (None, None)
        return
    assert re.fullmatch(r".+ \([^()]+\)", idea.paper), "title and authors"
    assert 1950 <= idea.year <= 2026
    assert re.fullmatch(r"https?://[^\s()<>\"]+", idea.url)
    arxiv = re.fullmatch(r"https://arxiv\.org/abs/(\d\d)\d\d\.\d{4,5}", idea.url)
    assert ("arxiv" in idea.url) == bool(arxiv)
    if arxiv:
        assert idea.year == 2000 + int(arxiv[1]), "of the first version"


def test_where_the_optimizers_have_the_same_paper_they_say_the_same():
    known: dict[str | None, tuple[str, int]] = {
        entry.url: (entry.paper.partition(", section")[0], entry.year) for entry in catalogue.load()
    }
    shared = [idea for idea in IDEAS.values() if idea.url in known]
    assert len(shared) >= 15
    for idea in shared:
        assert (idea.paper, idea.year) == known[idea.url], idea.id


def test_every_common_parameter_of_three_packages_has_an_idea():
    common = tomllib.loads(NAMES.read_text(encoding="utf-8"))
    assert len(common) >= 50
    assert min(common.values()) >= 3
    assert sorted(set(common) - {name for idea in IDEAS.values() for name in idea.names}) == []


def test_the_list_of_common_parameters_is_that_of_the_packages():
    for package in ("torch", "pytorch_optimizer", "torch_optimizer"):
        pytest.importorskip(package)
    found = importlib.import_module("benchmarks.options.__main__")

    head = NAMES.read_text(encoding="utf-8").splitlines()[1]
    installed = [f"{name} {metadata.version(name).partition('+')[0]}" for name in found.PACKAGES.values()]
    if not all(each in head for each in installed):
        pytest.skip("the list was made with other versions")
    assert found.listed(found.optimizers()) == NAMES.read_text(encoding="utf-8")


def test_a_signature_claims_by_exact_name_in_its_order():
    claimed = [(idea.id, names) for idea, names in options.claims(("rectify", "lr", "AMSGrad", "ams_bound"))]
    assert claimed == [("rectify", ("rectify",)), ("lr", ("lr",)), ("amsgrad", ("ams_bound",))]
    (found,) = options.claims(("ns_steps", "ns_coeffs", "ns_steps"))
    assert found[1] == ("ns_steps", "ns_coeffs")
    assert options.claims(("amsgrad_", "not_an_option")) == ()


def test_an_ambiguous_name_claims_only_beside_what_settles_it():
    for idea in IDEAS.values():
        for name, other in idea.beside.items():
            assert options.claims((name,)) == ()
            assert name in {each.id: names for each, names in options.claims((name, other))}[idea.id]


def test_a_file_with_an_unknown_field_is_refused(tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text('title = "T"\nkind = "option"\nnames = ["t"]\nidea = "I."\ncost = "C."\nprice = 3\n')
    with pytest.raises(InputError, match=r"wrong\.toml"):
        datafiles.decode(path, options.Idea, id="wrong")

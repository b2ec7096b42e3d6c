"""Whatever has an id is explained from its own file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from optreview.cli.explain import explain
from optreview.evidence.static import rules
from optreview.judgement import catalogue, criteria, options, usecase

if TYPE_CHECKING:
    from tests.cli.conftest import Run

RULES = {rule.id: rule for rule in rules.everything()}
CRITERIA = {criterion.id: criterion for criterion in criteria.load()}
OPTIMIZERS = {entry.id: entry for entry in catalogue.load()}
USE_CASES = {name: usecase.load(name) for name in usecase.names()}
OPTIONS = {idea.id: idea for idea in options.load()}


def explained(identifier: str) -> str:
    done = CliRunner().invoke(explain, [identifier])
    assert done.exit_code == 0, done.output
    return done.output


def test_no_id_means_two_things() -> None:
    assert RULES.keys() & CRITERIA.keys() == set()
    assert OPTIMIZERS.keys() & {*RULES, *CRITERIA} == set()
    assert OPTIONS.keys() & {*RULES, *CRITERIA} == set()


@pytest.mark.parametrize("identifier", sorted(CRITERIA))
def test_a_criterion_is_explained_in_its_own_words(identifier: str) -> None:
    criterion = CRITERIA[identifier]
    output = explained(identifier)
    for words in (criterion.title, criterion.why, criterion.remedy, criterion.origin, criterion.reads):
        assert words.strip()
        assert words.strip() in output
    assert f"criterion of {criterion.dimension}" in output


@pytest.mark.parametrize("identifier", sorted(USE_CASES))
def test_a_use_case_is_explained_with_its_setting_and_every_need(identifier: str) -> None:
    case, output = USE_CASES[identifier], explained(identifier)
    assert all(CRITERIA[need].title in output for need in case.needs)
    assert f"lr {case.optimizer.lr:g}" in output
    assert case.optimizer.source is None or case.optimizer.source in output


@pytest.mark.parametrize("identifier", sorted(RULES))
def test_a_rule_is_explained_by_its_docstring_and_its_examples(identifier: str) -> None:
    rule = RULES[identifier]
    output = explained(identifier)
    for line in rule.documentation.splitlines():
        assert line.strip() in output
    assert rule.flawed
    assert rule.clean
    for source in (*(each.source for each in rule.flawed), *rule.clean):
        for line in source.splitlines():
            assert line.strip() in output


@pytest.mark.parametrize("identifier", sorted(OPTIMIZERS))
def test_an_optimizer_is_explained_with_its_equations(identifier: str) -> None:
    entry = OPTIMIZERS[identifier]
    output = explained(identifier)
    said = (entry.idea, entry.change, entry.paper, entry.url, entry.conversion.advice, *entry.deviations)
    for words in (*said, entry.users or ""):
        assert words in output
    for equations in (entry.equations, entry.reference and entry.reference.equations):
        assert all(f"  {line}\n" in output for line in (equations or "").strip().splitlines())


@pytest.mark.parametrize("identifier", sorted(OPTIONS))
def test_an_option_is_explained_under_its_id_and_each_of_its_names(identifier: str) -> None:
    idea = OPTIONS[identifier]
    for name in (identifier, *idea.names):
        output = explained(name)
        assert output.count(f"{identifier}  ({idea.kind})") == 1
        for words in (idea.title, idea.idea, idea.cost, idea.caution or "", idea.paper or "", idea.url or ""):
            assert words in output
        assert all(each in output for each in idea.names)


def test_an_option_and_the_optimizer_made_of_it_are_both_told() -> None:
    output = explained("amsgrad")
    assert output.index("amsgrad  (optimizer") < output.index("amsgrad  (option)")


def test_an_unknown_id_suggests_the_nearest_of_both_kinds(run: Run) -> None:
    for identifier in (min(RULES), min(CRITERIA)):
        done = run("explain", f"{identifier}x")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.endswith(f"did you mean {identifier!r}?\n")


def test_an_id_unlike_any_says_where_they_are(run: Run) -> None:
    done = run("explain", "@@@@")
    assert done.returncode == 2
    assert done.stderr.endswith("'@@@@'; 'optreview list' names them.\n")

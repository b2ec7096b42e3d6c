"""Every probe on toy optimizers whose outcome is known: ``toys/<probe>.py``, each class with its answer."""

from __future__ import annotations

import gc
import importlib
import inspect
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
import torch

from optreview.evidence.dynamic import conformance, probes
from optreview.evidence.dynamic.conformance import OUTCOME, OUTCOMES, PROBES
from optreview.evidence.dynamic.drive import drive
from optreview.evidence.dynamic.memory.run import Subject
from optreview.evidence.dynamic.session import BuildError
from optreview.evidence.dynamic.trials.asking import asked
from optreview.evidence.dynamic.trials.likeness import bitwise
from optreview.evidence.dynamic.trials.probe import Probe, measurement
from optreview.evidence.dynamic.trials.stage import Stage
from optreview.evidence.dynamic.warming import warm_up
from optreview.evidence.dynamic.wire import Trouble
from optreview.plugins import classes, ids
from optreview.records import Failure
from tests.dynamic import toys
from tests.dynamic.conftest import lone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.records import Measurement

FOLDER = Path(toys.__path__[0])
QUESTIONS = {question.id: question for question in conformance.catalogue()}


@pytest.fixture(autouse=True, scope="module")
def _warm() -> Iterator[None]:
    """What every fork would do again: import torch._dynamo, and collect the garbage of pytest and torch."""
    warm_up()
    yield
    gc.unfreeze()


def toys_of(name: str) -> list[type[torch.optim.Optimizer]]:
    module = importlib.import_module(f"{toys.__name__}.{name}")
    return [
        cls
        for cls in vars(module).values()
        if isinstance(cls, type) and cls.__module__ == module.__name__ and hasattr(cls, "expected")
    ]


CASES = [(name, cls) for name in ids(toys) for cls in toys_of(name)]


def ask(name: str, cls: type[torch.optim.Optimizer]) -> Measurement:
    """Find out how the class is driven, then put the question to it, in this process.

    As in the box, a warning of PyTorch's is no error.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _ask(name, cls)


def _ask(name: str, cls: type[torch.optim.Optimizer]) -> Measurement:
    module = importlib.import_module(cls.__module__)
    target = lone(FOLDER / f"{name}.py", cls.__name__)
    subject = Subject(cls=cls, qualified_name=cls.__name__, names={"torch": torch, **vars(module)})
    plan, _ = drive(cls, lambda plan: _attempt(Stage(subject, plan, "cpu", target)))
    probe = next(c() for c in classes(PROBES, Probe) if c.__module__.rpartition(".")[2] == name)
    return measurement(probe, asked(probe, Stage(subject, plan, "cpu", target)))


def _attempt(stage: Stage) -> bool | Trouble:
    """As in the box, less the accounting."""
    try:
        trial = stage.trial()
        before = trial.weights()
        trial.run(12)
    except Exception as error:  # noqa: BLE001 - what it says decides on the protocol
        at: Literal["build", "step"] = "build" if isinstance(error, BuildError) else "step"
        failure = Failure(kind="not-driven", message=stage.said(error))
        return Trouble(stage=at, error=stage.said(error), failure=failure)
    if bitwise(trial.weights(), before):
        return Trouble(stage="still", error="", failure=Failure(kind="not-driven", message="It is still."))
    return True


@pytest.mark.parametrize(("name", "cls"), CASES, ids=[f"{n}-{c.__name__}" for n, c in CASES])
def test_a_toy_gets_the_answer_that_it_was_made_for(name: str, cls: type[torch.optim.Optimizer]) -> None:
    answer = ask(name, cls)
    found = answer.value if answer.presence == "measured" else answer.presence
    assert found == cls.expected, answer.note  # type: ignore[attr-defined]
    assert answer.note.endswith(".")


def test_every_option_with_which_gradients_change_is_told() -> None:
    name = "gradients_preserved_with_options"
    both = next(cls for cls in toys_of(name) if cls.__name__ == "DoesBoth")
    told = ask(name, both).note or ""
    assert told.startswith("With maximize=True, a step changed ")
    assert "; with weight_decay=0.1, a step changed " in told


def test_dense_gradients_that_were_never_given_are_not_told_of() -> None:
    only = next(cls for cls in toys_of("sparse_gradients") if cls.__name__ == "TakesNoOther")
    assert "it was driven with no dense ones" in (ask("sparse_gradients", only).note or "")


def test_a_switch_beside_which_weight_decay_does_nothing_is_named() -> None:
    late, either = (
        next(cls for cls in toys_of("weight_decay_kind") if cls.__name__ == name)
        for name in ("TooLate", "Either")
    )
    said = ask("weight_decay_kind", late).note or ""
    assert said.endswith("With decoupled=False, decay changes no weight in 12 steps.")
    assert "changes no weight" not in (ask("weight_decay_kind", either).note or "")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "AsUsual",
            "where they were 0 or 1e-04, and for some of the usual size; with eps=0.0001 they stayed finite",
        ),
        ("OtherDenominator", "; with eps=0.0001 they are not"),
        ("WholeColumns", "gradients of 0 and 1e-04, in some places where they were 0."),
    ],
)
def test_what_became_of_tiny_gradients_is_said_where_and_with_a_larger_eps(name: str, said: str) -> None:
    probe = "fp16_tiny_gradients"
    (cls,) = (each for each in toys_of(probe) if each.__name__ == name)
    assert said in (ask(probe, cls).note or "")


@pytest.mark.parametrize("name", ids(probes))
def test_every_probe_has_toys_for_what_it_can_say(name: str) -> None:
    expected = {cls.expected for cls in toys_of(name)}  # type: ignore[attr-defined]
    if QUESTIONS[name].unit == OUTCOME:
        assert {"pass", "fail"} <= expected
        assert expected <= {*OUTCOMES, "not-applicable", "errored"}
    else:
        assert len(expected) > 1
    source = inspect.getsource(importlib.import_module(f"{PROBES}.{name}"))
    for function, outcome in (("by_design(", OUTCOMES[2]), ("not_applicable(", "not-applicable")):
        assert function not in source or outcome in expected


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=list(QUESTIONS))
def test_every_probe_says_what_it_asks_and_what_failing_means(question: conformance.Question) -> None:
    assert question.title.endswith("?")
    assert question.how.endswith(".")
    assert question.failing.endswith(".")
    assert question.source.startswith("https://")
    assert question.care in ("high", "medium", "low")
    assert not question.designed or question.designed.endswith(".")

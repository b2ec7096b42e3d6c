"""Every way of driving on a toy that wants it, and on twins that do not; the snippets run as printed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from optreview.evidence.dynamic import customary
from optreview.evidence.dynamic.client import Job, Runner
from optreview.records import DynamicEvidence, Failure
from tests.dynamic.conftest import SPECIMENS, lone

if TYPE_CHECKING:
    from optreview.records import Recipe

DRIVEN = {
    "Descent": ("plain",),
    "Horizon": ("plain",),
    "UnsetRate": ("plain", "unset_arguments"),
    "UnsetHorizon": ("plain", "unset_arguments"),
    "OptionalHorizon": ("plain",),
    "Unsaid": ("plain", "missing_arguments"),
    "NeedsMomentum": ("plain", "momentum"),
    "Named": ("plain", "named_parameters"),
    "TwoLists": ("plain", "two_lists"),
    "Gated": ("plain", "gated_groups"),
    "GatedInVain": ("plain",),
    "RankArgument": ("plain",),
    "Keyed": ("plain", "group_keys"),
    "Vectors": ("plain", "vectors_only"),
    "Distributed": ("plain", "process_group"),
    "Alone": ("plain",),
    "Compiled": ("plain", "eager"),
    "InParts": ("plain", "first_step"),
    "Faint": ("plain", "wraps_instance", "wraps_longer_steps"),
    "ScalesTheLoss": ("plain", "own_backward"),
    "OtherBackward": ("plain",),
    "BrokenBackward": ("plain",),
    "Rows": ("plain", "sparse_rows"),
    "Late": ("plain",),
    "WrongTurn": ("plain", "closure"),
    "Bare": ("plain", "two_dimensional"),
}
#: A few words of the sentence.
REFUSED = {
    "Unknown": "no customary value",
    "OnlyCuda": "It needs a CUDA device",
    "OnlyBfloat16": "It takes bfloat16 parameters only",
}
#: Each snippet in a fork, so that torch is imported once.
RUN = """
import os, sys, traceback, torch

def run(snippet):
    torch.manual_seed(0)
    made = []
    class Model(torch.nn.Sequential):
        def __init__(self, *layers):
            super().__init__(*layers)
            made.append((self, [p.detach().clone() for p in self.parameters()]))
    torch.nn.Sequential = Model
    exec(snippet, {})
    model, before = made[0]
    assert any(not torch.equal(a, b) for a, b in zip(model.parameters(), before)), "no weight has moved"

for snippet in sys.stdin.read().split("#next"):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            run(snippet)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
_FOUND: dict[str, DynamicEvidence | Failure] = {}


def drive(runner: Runner, name: str) -> DynamicEvidence | Failure:
    if name not in _FOUND:
        job = Job(target=lone(SPECIMENS / "driven.py", name), traces=(), probes=(), only_traces=True)
        _FOUND[name] = runner.measure(job)
    return _FOUND[name]


def recipe(runner: Runner, name: str) -> Recipe:
    found = drive(runner, name)
    assert isinstance(found, DynamicEvidence), found.message
    return found.recipe


@pytest.mark.parametrize("name", DRIVEN)
def test_the_protocols_are_those_that_it_takes(runner: Runner, name: str) -> None:
    assert recipe(runner, name).protocols == DRIVEN[name]


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_has_its_reason(runner: Runner, name: str) -> None:
    found = drive(runner, name)
    assert isinstance(found, Failure)
    assert REFUSED[name] in found.message


def test_the_snippets_run_as_printed_and_move_the_weights(runner: Runner) -> None:
    names = [name for name in DRIVEN if name != "Compiled"]  # it would start a compiler
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN],
        input="#next".join(recipe(runner, name).snippet for name in names),
        env={**os.environ, "PYTHONPATH": str(SPECIMENS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert dict(zip(names, done.stdout.split(), strict=True)) == dict.fromkeys(names, "0"), done.stderr


def test_notes_say_what_the_lines_do_not(runner: Runner) -> None:
    assert recipe(runner, "Descent").notes == ()
    assert recipe(runner, "Horizon").notes == (
        "num_training_steps=100 and warmup_steps=10 stand for your own data or schedule.",
    )
    (note,) = recipe(runner, "Gated").notes
    assert "rank=a quarter" in note
    assert "silently" in note
    assert recipe(runner, "Gated").under.removeprefix("matrices in a group with ") in note
    (note,) = recipe(runner, "GatedInVain").notes
    assert note.startswith("The source keeps a path for groups with rank=")
    assert "raised RuntimeError" in note
    assert recipe(runner, "GatedInVain").under == ""
    assert recipe(runner, "ScalesTheLoss").notes == ()
    assert "optimizer.backward(loss)" in recipe(runner, "ScalesTheLoss").snippet
    assert "own, which this loop does not call" in recipe(runner, "BrokenBackward").notes[0]
    (note,) = recipe(runner, "Late").notes
    assert note == "No weight moves before step 4."
    assert "range(4)" in recipe(runner, "Late").snippet


def test_the_path_behind_a_key_leaves_its_state(runner: Runner) -> None:
    found = drive(runner, "Gated")
    assert isinstance(found, DynamicEvidence)
    (state,) = found.runs[0].buffers
    assert (state.key, state.tensors) == ("projection", 2)


def test_customary_values() -> None:
    assert customary.value("lr") == "0.001"
    assert {customary.value(name) for name in ("num_data", "t_max", "total_steps", "iters")} == {"100"}
    assert {customary.value(name) for name in ("warmup_steps", "num_epochs", "n_warmup")} == {"10"}
    assert customary.value("adam_params") == "list(model.parameters())"
    unknown = ("ns_steps", "rank", "oracle", "batch_size", "step_size", "parameter_count", "update_freq")
    assert {customary.value(name) for name in unknown} == {None}

"""The front door: same bytes every time, no torch in the caller, snippets that run."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec

from optreview.evidence.dynamic import conformance
from optreview.evidence.dynamic.client import Job, Runner
from optreview.evidence.dynamic.protocols import ladder, name_of
from optreview.plugins import ids
from optreview.records import DynamicEvidence, Failure
from tests.dynamic.conftest import SPECIMENS, evidence_of, failure_of, installed, lone, options

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


ADABELIEF = installed("pytorch_optimizer.optimizer.adabelief", "AdaBelief")
MEASUREMENTS = {
    *(question.id for question in conformance.catalogue()),
    "accepts_every_shape",
    "bf16_finite",
    "bf16_runs",
    "bytes_moved_over_adamw",
    "bytes_moved_over_parameters",
    "first_transient_over_parameters",
    "full_size_over_adamw",
    "gradients_preserved",
    "hidden_state_bytes",
    "host_syncs",
    "operations_over_adamw",
    "plain_protocol",
    "state_bytes_per_parameter",
    "state_bytes_per_parameter_bf16",
    "state_follows_dtype",
    "state_growth",
    "state_over_adamw",
    "state_over_adamw_bf16",
    "steady_transient_over_adamw",
    "steady_transient_over_parameters",
}


def test_two_runs_give_the_same_bytes(runner: Runner) -> None:
    job = Job(target=ADABELIEF, options=options(ams_bound="True"))
    first = msgspec.json.encode(evidence_of(runner, ADABELIEF, ams_bound="True"))
    with Runner(device="cpu", limits=runner.limits) as other:
        assert msgspec.json.encode(other.measure(job)) == first
    assert msgspec.json.encode(runner.measure(job)) == first


_KERNELS_TOLD = """
import torch
from torch.optim import SGD


class Kernels(SGD):
    def step(self, closure=None):
        raise RuntimeError(f"kernels: {torch.backends.cpu.get_cpu_capability()}")
"""


def test_the_kernels_are_those_that_every_processor_has(tmp_path: Path, runner: Runner) -> None:
    path = tmp_path / "kernels.py"
    path.write_text(_KERNELS_TOLD)
    assert "kernels: DEFAULT" in failure_of(runner, lone(path, "Kernels")).message


def test_what_is_imported_for_later_answers_changes_none() -> None:
    """The template imports what some probes need when they are asked for the second time."""
    asked = ("compiles_as_one_graph", "distributed_checkpoint_resumes")
    job = Job(target=installed("torch.optim.sgd", "SGD"), traces=(), probes=asked, only_traces=True)
    with Runner(device="cpu") as runner:
        first, second = (runner.measure(job) for _ in range(2))
    assert isinstance(first, DynamicEvidence)
    assert [m.presence for m in first.measurements if m.id in asked] == ["measured"] * len(asked)
    assert msgspec.json.encode(first) == msgspec.json.encode(second)


def test_every_measurement_is_there_and_ids_are_unique(runner: Runner) -> None:
    found = [m.id for m in evidence_of(runner, ADABELIEF).measurements]
    assert found == sorted(MEASUREMENTS)


def test_evidence_names_no_local_path(runner: Runner) -> None:
    text = msgspec.json.encode(evidence_of(runner, lone(SPECIMENS / "planted.py", "OnSelf"))).decode()
    assert str(SPECIMENS) not in text
    assert sys.prefix not in text


def test_the_caller_never_imports_torch() -> None:
    code = "import optreview.evidence.dynamic.client, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_phases_are_announced(runner: Runner) -> None:
    phases: list[str] = []
    runner.measure(Job(target=ADABELIEF, options=options(ams_bound="True")), on_phase=phases.append)
    assert phases[:3] == ["importing", "running in float32", "running in bfloat16"]
    assert "running with ams_bound=True" in phases


SNIPPETS = [
    ADABELIEF,
    installed("torch.optim.lbfgs", "LBFGS"),
    installed("torch.optim._muon", "Muon"),
    installed("torch.optim.sparse_adam", "SparseAdam"),
    installed("schedulefree.adamw_schedulefree", "AdamWScheduleFree"),
    installed("pytorch_optimizer.optimizer.adahessian", "AdaHessian"),
    installed("pytorch_optimizer.optimizer.sam", "LookSAM"),
    installed("pytorch_optimizer.optimizer.lookahead", "Lookahead"),
]
RUN_ALL = """
import sys, torch
for snippet in sys.stdin.read().split("#next"):
    names = {}
    exec(snippet, names)
    assert all(torch.isfinite(p).all() for p in names["model"].parameters())
    print(type(names["optimizer"]).__name__)
"""


def test_the_snippets_run(runner: Runner) -> None:
    snippets = [evidence_of(runner, target).recipe.snippet for target in SNIPPETS]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN_ALL],
        input="#next".join(snippets),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [target.class_name for target in SNIPPETS], done.stderr


def test_a_flag_in_the_groups_is_found_in_the_source(runner: Runner) -> None:
    evidence = evidence_of(runner, lone(SPECIMENS / "planted.py", "Tagged"))
    assert evidence.recipe.protocol == "tagged_groups"
    assert "'use_fast': True" in evidence.recipe.snippet
    assert evidence.workload.omitted == ()


def test_every_protocol_is_on_the_ladder_once() -> None:
    names = [name_of(protocol) for protocol in ladder()]
    assert sorted(names) == list(ids("optreview.evidence.dynamic.protocols"))
    assert names[0] == "plain"


def test_wrong_file_and_missing_class_are_clear(runner: Runner, tmp_path: Path) -> None:
    shadow = tmp_path / "torch" / "optim" / "adamw.py"
    shadow.parent.mkdir(parents=True)
    shadow.write_text("class AdamW: pass")
    target = msgspec.structs.replace(
        installed("torch.optim.adamw", "AdamW"), path=str(shadow), root=str(tmp_path)
    )
    assert "gave another file" in failure_of(runner, target).message
    assert "has no class Nothing" in failure_of(runner, lone(SPECIMENS / "planted.py", "Nothing")).message


def started(runner: Runner) -> bool:
    return runner.process_id is not None


def test_a_runner_that_was_not_entered_starts_when_asked() -> None:
    runner = Runner(device="cpu")
    assert not started(runner)
    try:
        result = runner.measure(Job(target=lone(SPECIMENS / "planted.py", "Motionless")))
        assert isinstance(result, Failure)
        assert result.kind == "not-driven"
        assert started(runner)
    finally:
        runner.__exit__(None, None, None)
    assert not started(runner)


def test_an_interpreter_that_cannot_start_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with Runner(device="cpu") as runner:
        result = runner.measure(Job(target=ADABELIEF))
    assert isinstance(result, Failure)
    assert result.kind == "crash"

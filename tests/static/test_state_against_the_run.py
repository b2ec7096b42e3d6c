"""State buffers, their kinds and their gates against what real optimizers hold after real steps."""

from __future__ import annotations

import contextlib
import io
import warnings
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from optreview.evidence.static import discover, read
from optreview.targets import resolve

if TYPE_CHECKING:
    from optreview.records import StaticEvidence

Found = dict[str, set[str]]

#: Subjects with the options that create further state, which a gate must explain.
SUBJECTS: dict[str, dict[str, Any]] = {
    "torch.optim:SGD": {"momentum": 0.9},
    "torch.optim:Adam": {"amsgrad": True},
    "torch.optim:AdamW": {"amsgrad": True},
    "torch.optim:Adagrad": {},
    "torch.optim:RMSprop": {"momentum": 0.9, "centered": True},
    "torch.optim:Adafactor": {},
    "torch.optim:Muon": {},
    "torch.optim:NAdam": {},
    "torch.optim:Rprop": {},
    "pytorch_optimizer:AdaBelief": {"ams_bound": True, "adanorm": True},
    "pytorch_optimizer:A2Grad": {"variant": "exp"},
    "pytorch_optimizer:Adan": {},
    "pytorch_optimizer:Lion": {},
    "pytorch_optimizer:SOAP": {},
    "pytorch_optimizer:CAME": {"ams_bound": True},
    "pytorch_optimizer:AdaFactor": {"ams_bound": True},
    "torch_optimizer:AdaBelief": {"amsgrad": True, "rectify": True},
    "torch_optimizer:QHAdam": {},
    "torch_optimizer:Yogi": {},
    "torch_optimizer:Shampoo": {},
    "adabelief_pytorch:AdaBelief": {"amsgrad": True},
    "lion_pytorch:Lion": {},
    "dadaptation:DAdaptAdam": {},
}


def kind(value: object, parameter: torch.Tensor) -> str:
    if isinstance(value, torch.Tensor):
        if value.shape == parameter.shape:
            return "full-size"
        return "scalar" if value.numel() == 1 else "factored"
    if isinstance(value, int | float):
        return "number"
    return "list" if isinstance(value, list | tuple) else "unknown"


def run(spec: str, options: dict[str, Any]) -> Found:
    """Keys and kinds of the state after three real steps."""
    package, _, name = spec.partition(":")
    shapes = [(8, 6)] if name == "Muon" else [(8, 6), (6,)]
    parameters = [torch.nn.Parameter(torch.ones(shape)) for shape in shapes]
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        optimizer = getattr(import_module(package), name)(parameters, **options)
        for _ in range(3):
            for parameter in parameters:
                parameter.grad = torch.linspace(0.5, 1.5, parameter.numel()).view_as(parameter)
            optimizer.step()
    found: Found = {}
    for parameter in parameters:
        for key, value in optimizer.state[parameter].items():
            found.setdefault(str(key), set()).add(kind(value, parameter))
    return found


@pytest.fixture(scope="module", params=SUBJECTS)
def subject(request: pytest.FixtureRequest) -> tuple[StaticEvidence, Found, Found]:
    spec = str(request.param)
    (candidate,) = discover(resolve(spec)).found
    return read(candidate), run(spec, {}), run(spec, SUBJECTS[spec])


def test_every_key_of_the_run_is_found(subject: tuple[StaticEvidence, Found, Found]) -> None:
    evidence, plain, optional = subject
    patterns = [buffer.key for buffer in evidence.state_buffers]
    missed = [key for key in plain | optional if not any(fnmatch(key, pattern) for pattern in patterns)]
    assert missed == []


def test_every_ungated_key_appears_in_the_plain_run(subject: tuple[StaticEvidence, Found, Found]) -> None:
    evidence, plain, _ = subject
    ungated = [buffer.key for buffer in evidence.state_buffers if buffer.gate is None]
    assert [key for key in ungated if not any(fnmatch(real, key) for real in plain)] == []


def test_kinds_are_those_of_the_run(subject: tuple[StaticEvidence, Found, Found]) -> None:
    evidence, plain, _ = subject
    kinds = {buffer.key: buffer.kind for buffer in evidence.state_buffers}
    kinds.pop("RMS", None)  # a number on the foreach path of AdaFactor, a tensor on the other
    wrong = {
        key: (kinds[key], real) for key, real in plain.items() if key in kinds and kinds[key] not in real
    }
    assert wrong == {}


def test_optional_state_names_the_option(subject: tuple[StaticEvidence, Found, Found]) -> None:
    evidence, plain, optional = subject
    options = SUBJECTS[next(spec for spec in SUBJECTS if _is(spec, evidence))]
    gated = {buffer.key: buffer.gated_by for buffer in evidence.state_buffers}
    for key in optional.keys() - plain.keys():
        assert set(gated[key]) & options.keys(), f"{key} is created by one of {sorted(options)}"


def _is(spec: str, evidence: StaticEvidence) -> bool:
    package, _, name = spec.partition(":")
    return evidence.subject.class_name == name and evidence.subject.module.startswith(package)


def test_locations_are_relative_and_point_at_the_write() -> None:
    (candidate,) = discover(resolve("pytorch_optimizer:AdaBelief")).found
    evidence = read(candidate)
    lines = Path(candidate.target.path).read_text(encoding="utf-8").splitlines()
    for buffer in evidence.state_buffers:
        assert f"'{buffer.key}'" in lines[buffer.sites[0].line - 1]
    assert {source.file.startswith("/") for source in evidence.sources} == {False}
    assert (evidence.subject.distribution, evidence.subject.version) == ("pytorch_optimizer", "4.1.0")

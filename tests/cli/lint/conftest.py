"""Running ``lint`` in an empty folder, and sources with one flaw and none."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import jsonschema
import pytest

from optreview import resources
from optreview.cli import group

if TYPE_CHECKING:
    from pathlib import Path


FLAWED = """\
import torch


class {name}(torch.optim.Optimizer):
    def __init__(self, params, lr: float = 1e-3) -> None:
        if lr < 0.0:
            raise ValueError("lr must not be negative")
        super().__init__(params, {{"lr": lr}})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                if p.grad.is_sparse:
                    raise RuntimeError("no sparse gradients")
                p.add_(p.grad, alpha=-group["lr"] * p.norm().item()){comment}
        return loss
"""
#: The line of the step that reads a tensor back to the host, its only flaw.
LINE = 22
PLACE = f"{LINE}:53"
MESSAGE = "warning host_sync `item` reads a tensor back to the host."
PROJECT = "[tool.optreview]\n"


def flawed(comment: str = "", name: str = "Norm") -> str:
    return FLAWED.format(name=name, comment=f"  # {comment}" if comment else "")


CLEAN = FLAWED.format(name="Plain", comment="").replace(" * p.norm().item()", "")


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What is printed, without the count of notes, which grows with the catalogue."""
        return re.sub(r" \d+ more with --all\.", "", self.out).splitlines()


class Lint(Protocol):
    def __call__(self, *words: str | Path) -> Done: ...


@pytest.fixture
def lint(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lint:
    """``lint("a.py")`` in an empty folder, in this process."""
    monkeypatch.chdir(here)

    def lint(*words: str | Path) -> Done:
        with pytest.raises(SystemExit) as leaving:
            group.main(["lint", *map(str, words)])
        printed = capsys.readouterr()
        assert isinstance(leaving.value.code, int)
        return Done(leaving.value.code, printed.out, printed.err)

    return lint


@pytest.fixture
def norm(here: Path) -> Path:
    path = here / "norm.py"
    path.write_text(flawed())
    return path


def found_in(done: Done) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(done.out)
    schema = json.loads(resources.lint_schema().read_text(encoding="utf-8"))
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(record)) == []
    return record

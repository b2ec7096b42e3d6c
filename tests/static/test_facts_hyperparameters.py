"""Where hyperparameters are read, in small sources and in a real optimizer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from optreview.evidence.static import discover, read
from optreview.targets import resolve

if TYPE_CHECKING:
    from optreview.records import StaticEvidence

SOURCE = """
import torch

class Sample(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, beta=0.9, dead=0):
        if lr < 0:
            raise ValueError(lr)
        super().__init__(params, {defaults})
        {kept}

    def step(self, closure=None):
        for group in self.param_groups:
            {body}
"""


def sample(folder: Path, defaults: str, kept: str, body: str) -> StaticEvidence:
    text = SOURCE.format(defaults=defaults, kept=kept, body=body)
    (folder / "sample.py").write_text(text, encoding="utf-8")
    return read(discover(resolve(str(folder / "sample.py"))).found[0])


@pytest.mark.parametrize(
    ("defaults", "kept", "body", "found"),
    [
        ("dict(lr=lr)", "pass", "print(group['lr'])", {"lr"}),
        ("dict(lr=lr)", "pass", "print(group.get('lr', 1))", {"lr"}),
        ("dict(step_size=lr)", "pass", "print(group['step_size'])", {"lr"}),
        ("dict(betas=(beta, lr))", "pass", "a, b = group['betas']", {"lr", "beta"}),
        ("dict(lr=torch.tensor(lr))", "pass", "print(group['lr'])", {"lr"}),
        ("dict(lr=lr, dead=dead)", "pass", "print(list(group.values()))", {"lr", "dead"}),
        ("dict(lr=lr)", "self.decay = beta", "print(self.decay)", {"beta"}),
        ("dict(lr=lr)", "self.decay = beta", "self.decay = 1", set()),
        ("dict(lr=lr)", "print(beta)", "group['lr'] = 2; lr = 3; print(lr)", set()),
        ("dict(lr=lr)", "pass", "other = {}; other['lr'] = 1; print(other['lr'])", set()),
    ],
)
def test_what_is_read_after_construction(
    tmp_path: Path, defaults: str, kept: str, body: str, found: set[str]
) -> None:
    evidence = sample(tmp_path, defaults, kept, body)
    assert {entry.name for entry in evidence.hyperparameters if entry.read_at} == found
    assert all(place.line == 13 for entry in evidence.hyperparameters for place in entry.read_at)


def test_every_place_of_a_real_optimizer_names_the_option() -> None:
    """Adam reads every option by its own name, so that the text of the line is an independent witness."""
    (candidate,) = discover(resolve("torch.optim:Adam")).found
    lines = Path(candidate.target.path).read_text(encoding="utf-8").splitlines()
    for entry in read(candidate).hyperparameters:
        assert entry.read_at, entry.name
        for place in entry.read_at:
            assert f'"{entry.name}"' in lines[place.line - 1]

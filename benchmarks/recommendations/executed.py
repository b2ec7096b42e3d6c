"""Run printed lines in an interpreter of its own that knows nothing of optreview: the independent truth."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

STEPS = 100
#: Seconds for importing torch and the package, and a hundred small steps.
_PATIENCE = 300
_PROGRAM = """
import json, sys
import torch
given = json.loads(sys.stdin.read())
torch.manual_seed(0)
names = {{"torch": torch}}
exec("model = torch.nn.Sequential("
     "torch.nn.Linear(16, 32), torch.nn.LayerNorm(32), torch.nn.GELU(), torch.nn.Linear(32, 4))", names)
before = [p.detach().clone() for p in names["model"].parameters()]
exec(given["text"], names)
exec(given["completion"], names)
for _ in range({steps}):
    exec(given["step"], names)
after = list(names["model"].parameters())
print("\\n" + json.dumps({{
    "finite": all(bool(torch.isfinite(p).all()) for p in after),
    "moved": any(not torch.equal(a, b) for a, b in zip(before, after)),
    "largest": max(float(p.detach().abs().max()) for p in after),
}}))
"""


@dataclass(frozen=True)
class Executed:
    """What became of the lines; ``error`` is the last line of a traceback."""

    finite: bool = False
    moved: bool = False
    largest: float = 0.0
    error: str = ""

    @property
    def ran(self) -> bool:
        """Nothing was raised, and what was trained is still numbers."""
        return not self.error and self.finite and self.moved


def execute(text: str, completion: str, step: str) -> Executed:
    """Build the optimizer with the lines and take a hundred steps."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(steps=STEPS)],
        input=json.dumps({"text": text, "completion": completion, "step": step}),
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    if done.returncode:
        return Executed(error=(done.stderr.strip().splitlines() or ["it ended without a word"])[-1][:200])
    return Executed(**json.loads(done.stdout.strip().splitlines()[-1]))

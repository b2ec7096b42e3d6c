"""Run printed lines and see where they lead."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.recommendations.apart import answers

STEPS = 100
_PROGRAM = """
import json, os, sys
import torch
torch.set_num_threads(1)

def run(given):
    torch.manual_seed(0)
    names = {"torch": torch}
    exec("model = torch.nn.Sequential("
         "torch.nn.Linear(16, 32), torch.nn.LayerNorm(32), torch.nn.GELU(), torch.nn.Linear(32, 4))", names)
    before = [p.detach().clone() for p in names["model"].parameters()]
    try:
        exec(given["text"], names)
        exec(given["completion"], names)
        for _ in range(STEPS):
            exec(given["step"], names)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:200]}
    after = list(names["model"].parameters())
    return {
        "finite": all(bool(torch.isfinite(p).all()) for p in after),
        "moved": any(not torch.equal(a, b) for a, b in zip(before, after)),
        "largest": max(float(p.detach().abs().max()) for p in after),
    }

found = []
for given in json.loads(sys.stdin.read()):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, json.dumps(run(given)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        found.append(json.loads(stream.read() or b'{"error": "it ended without a word"}'))
    os.wait()
print("\\n" + json.dumps(found))
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


def execute(lines: list[tuple[str, str, str]]) -> list[Executed]:
    """Build each optimizer with its lines and take a hundred steps, each in a fork of one interpreter."""
    given = [dict(zip(("text", "completion", "step"), each, strict=True)) for each in lines]
    return [Executed(**each) for each in answers(_PROGRAM.replace("STEPS", str(STEPS)), given)]

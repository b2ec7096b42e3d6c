"""Give printed lines to a real Trainer, and see what it makes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.recommendations.apart import answers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STEPS = 20
_PROGRAM = """
import json, os, sys, tempfile
given = json.loads(sys.stdin.read())
sys.path.extend(given["beside"])
os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
import torch
from transformers import Trainer
torch.set_num_threads(1)

class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.LayerNorm(32), torch.nn.GELU())
        self.head = torch.nn.Linear(32, 4)

    def forward(self, inputs, labels):
        logits = self.head(self.body(inputs))
        return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

def name_of(made):
    bits = getattr(getattr(made, "args", None), "optim_bits", 32)  # bitsandbytes: Trainer sets both
    paged = "Paged" if getattr(made, "is_paged", False) else ""
    return paged + type(made).__name__ + ("8bit" if bits == 8 else "")

def plain(value):
    if isinstance(value, torch.Tensor):
        return value.item()
    return list(value) if isinstance(value, tuple) else value

def run(text, wanted):
    torch.manual_seed(0)
    names = {}
    try:
        exec(text, names)
        arguments = names["arguments"]
        arguments.output_dir, arguments.report_to = tempfile.mkdtemp(), []
        arguments.save_strategy, arguments.disable_tqdm, arguments.max_steps = "no", True, STEPS
        draw = torch.Generator().manual_seed(1)
        data = [{"inputs": torch.randn(16, generator=draw), "labels": i % 4} for i in range(512)]
        model = Small()
        before = [p.detach().clone() for p in model.parameters()]
        trainer = Trainer(model=model, args=arguments, train_dataset=data)
        trainer.create_optimizer()
        made = trainer.optimizer
        group = made.param_groups[0]
        got = {name: plain(group[name]) for name in wanted if name in group}
        trainer.train()
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    after = [p.detach().cpu() for p in model.parameters()]
    return {
        "made": name_of(made),
        "got": got,
        "finite": all(bool(torch.isfinite(p).all()) for p in after),
        "moved": any(not torch.equal(a, b) for a, b in zip(before, after)),
    }

found = [run(each["text"], each["wanted"]) for each in given["asked"]]
print("\\n" + json.dumps(found))
"""


@dataclass(frozen=True)
class Asked:
    """Lines that make ``arguments``, and the hyperparameters of the optimizer that are wanted back."""

    text: str
    wanted: tuple[str, ...]


@dataclass(frozen=True)
class Trained:
    """What became of it.

    Attributes:
        made: The class of Trainer's optimizer, with ``Paged`` and ``8bit`` where Trainer sets these, and
            ``got``: its hyperparameters before training, those of matrices.
        error: The last line of a traceback.
    """

    made: str = ""
    got: dict[str, object] = field(default_factory=dict)
    finite: bool = False
    moved: bool = False
    error: str = ""

    @property
    def ran(self) -> bool:
        """Nothing was raised, and what was trained is still numbers."""
        return not self.error and self.finite and self.moved


def train(asked: Sequence[Asked], beside: Sequence[Path]) -> list[Trained]:
    """Train with all of them, one after the other."""
    given = {
        "beside": [str(each.resolve()) for each in beside],
        "asked": [{"text": each.text, "wanted": each.wanted} for each in asked],
    }
    return [Trained(**each) for each in answers(_PROGRAM.replace("STEPS", str(STEPS)), given)]

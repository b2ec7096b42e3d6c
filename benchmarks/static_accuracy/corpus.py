"""The packages whose optimizers are read and run."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from optreview import targets
from optreview.errors import InputError
from optreview.evidence.static import discover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optreview.evidence.static import Candidate

#: Read while the interpreter was written: import name by distribution.
KNOWN = {
    "torch": "torch.optim",
    "pytorch_optimizer": "pytorch_optimizer",
    "torch_optimizer": "torch_optimizer",
    "adabelief-pytorch": "adabelief_pytorch",
    "dadaptation": "dadaptation",
    "lion-pytorch": "lion_pytorch",
    "schedulefree": "schedulefree",
}
#: The import names of the distributions in ``requirements.txt``: nobody read them while it was written.
HELD_OUT = {
    "adam-mini": "adam_mini",
    "came-pytorch": "came_pytorch",
    "galore-torch": "galore_torch",
    "madgrad": "madgrad",
    "prodigyopt": "prodigyopt",
    "pytorch-ranger": "pytorch_ranger",
    "torch-optimi": "optimi",
}
#: A second set, chosen after the misses of the first were known: nobody read these before or since.
SECOND = {
    "adabound": "adabound",
    "adamp": "adamp",
    "adan-pytorch": "adan_pytorch",
    "grokadamw": "grokadamw",
    "kron-torch": "kron_torch",
    "muon-optimizer": "muon",
    "pytorch-lamb": "pytorch_lamb",
    "ranger21": "ranger21",
    "rose-opt": "rose_opt",
    "sophia-optimizer": "sophia",
}
#: A third set, chosen by what the registry says of them when both were known; none was opened first.
THIRD = {
    "adam-atan2-pytorch": "adam_atan2_pytorch",
    "agc-optims": "agc_optims",
    "apollo-torch": "apollo_torch",
    "casmo-optimizer": "casmo",
    "core-optimizer": "core_optimizer",
    "dowgopt": "dowg",
    "expectigrad": "expectigrad",
    "fracgrad": "FracGrad",
    "fsgdm": "fsgdm",
    "nadir": "nadir",
    "ncg-optimizer": "ncg_optimizer",
    "parameterfree": "parameterfree",
    "pytorch-rad": "rad",
    "quad-torch": "quad_torch",
    "ranger-adabelief": "ranger_adabelief",
    "relativistic-adam": "relativistic_adam",
    "sgd-sai": "sgd_sai",
    "torch-adopt": "adopt",
    "torch-optim-sparse": "torch_optim_sparse",
    "torch-sgld": "torch_sgld",
    "torch-sm3": "SM3",
    "torchastic": "torchastic",
    "zengrad-pytorch": "zengrad_pytorch",
}
#: By the number of the set; nothing of the first was held out.
SETS = (KNOWN, HELD_OUT, SECOND, THIRD)


@dataclass(frozen=True)
class Package:
    """A distribution with its optimizer classes; ``held_out`` is the set it belongs to, 0 for none."""

    name: str
    version: str
    held_out: int
    candidates: tuple[Candidate, ...]


def packages(
    held_out: Path | None, only: str | None = None, only_set: int | None = None
) -> Iterator[Package]:
    """Every package that is installed; those held out are looked for in their folder."""
    if held_out is not None:
        sys.path.append(str(held_out))
    sets = SETS if held_out is not None else SETS[:1]
    for number, name, module in (
        (number, *entry) for number, each in enumerate(sets) for entry in each.items()
    ):
        if only not in (None, name) or only_set not in (None, number):
            continue
        try:
            candidates = discover(targets.resolve(module)).found
        except InputError as error:
            sys.exit(f"{name}: {error}")
        version = metadata.version(name).partition("+")[0]
        yield Package(name, version, number, candidates)

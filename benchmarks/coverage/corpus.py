"""The packages whose optimizers are driven; every class in them is."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from benchmarks.static_accuracy.corpus import HELD_OUT, KNOWN, SECOND, THIRD
from optreview import targets
from optreview.errors import InputError
from optreview.evidence.static import discover

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from optreview.evidence.static import Discovery

#: Import names by distribution: what was looked at while the ladder was written.
NAMED = {
    **KNOWN,
    "bitsandbytes": "bitsandbytes.optim",
    "transformers": "transformers.optimization",
}
#: For the registry's list alone.
LISTED = {"deepspeed": "deepspeed"}
#: Seen by the rest of the project before, and refusals in them were read while the ladder was written.
SEEN = {**HELD_OUT, **SECOND, **THIRD}
#: Fresh from the registry; driven once before anything in them was read, then their refusals were read.
FRESH = {
    "afor-optimizer": "AFOR",
    "dog-optimizer": "dog",
    "flashoptim": "flashoptim",
    "heavyball": "heavyball",
    "muon-fsdp2": "muon_fsdp2",
    "open-lars": "open_lars",
    "optimuon": "optimuon",
    "psd-optimizer": "psd",
    "rangerlite": "rangerlite",
    "salsa-optimizer": "salsa",
    "tadam": "tadam",
    "topological-adam": "topological_adam",
}
#: Fresh from the registry when the ladder was finished: nobody has looked at them.
UNSEEN = {
    "adam-tanhx": "Adam_tanhx",
    "adams-torch": "adams",
    "adamwclip": "AdamWClip",
    "asranger": "asranger",
    "decoupledlionw": "decoupledLionW",
    "dolphinflow": "dolphinflow",
    "emotigrad": "emotigrad",
    "entropysgd": "EntropySGD",
    "magma-optimizer": "magma",
    "mechanic-pytorch": "mechanic_pytorch",
    "sadam": "sadam",
    "scao": "scao",
    "torchium": "torchium",
}
SETS = {"named": NAMED, "listed": LISTED, "seen": SEEN, "fresh": FRESH, "unseen": UNSEEN}


@dataclass(frozen=True)
class Package:
    """A distribution with what discovery finds in it; a sentence where nothing can be found."""

    name: str
    version: str
    set: str
    discovery: Discovery | None
    refusal: str = ""


def packages(folders: Sequence[Path], only: str | None) -> Iterator[Package]:
    """Every package, in the order of the sets."""
    sys.path.extend(map(str, folders))
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)  # for what packages import from each other
    for name_of_set, each in SETS.items():
        for name, module in each.items():
            if only in {None, name, name_of_set}:
                try:
                    version = metadata.version(name).partition("+")[0]
                    yield Package(name, version, name_of_set, discover(targets.resolve(module)))
                except metadata.PackageNotFoundError:
                    yield Package(name, "–", name_of_set, None, "not installed")
                except InputError as error:
                    yield Package(name, version, name_of_set, None, str(error))

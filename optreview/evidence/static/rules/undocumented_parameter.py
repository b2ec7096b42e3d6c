"""Parameters that the docstring leaves out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class UndocumentedParameter(Rule):
    """The docstring documents parameters, but not this one.

    A hyperparameter that the documentation leaves out is found only by reading the source.

    A class whose docstring documents no parameter at all is not reported here, once for each.
    """

    severity = "info"
    effort = "trivial"
    remedy = "Document the parameter and its default."
    flawed = (
        Flawed(
            '''\
import torch

class Plain(torch.optim.Optimizer):
    """Plain steps.

    Args:
        params: parameters to optimize
        lr: learning rate
    """

    def __init__(
        self,
        params,
        lr=1e-3,
        momentum=0.9,
    ):
        super().__init__(params, dict(lr=lr, momentum=momentum))
''',
            (15,),
        ),
    )
    clean = (
        '''\
import torch

class Plain(torch.optim.Optimizer):
    """Plain steps, described in words."""

    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))
''',
        '''\
import torch

class Searching(torch.optim.Optimizer):
    """Steps along a search.

    Args:
        lr: learning rate

         method: how to search
    """

    def __init__(self, params, lr=1e-3, method="PRP"):
        super().__init__(params, dict(lr=lr, method=method))
''',
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each parameter without an entry, when others have one."""
        documented = reading.documentation.parameters
        declared = {entry.name for entry in reading.signature.parameters}
        if not declared & documented.keys():
            return
        within = "\n".join(each.description for each in documented.values())
        for entry in reading.signature.parameters:
            told = entry.name in documented or re.search(rf"\b{re.escape(entry.name)}\s*[:(]", within)
            if not told and not entry.name.startswith("_"):
                yield Hit(entry.location, f"The docstring has no entry for `{entry.name}`.")

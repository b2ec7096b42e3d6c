"""Docstring and signature disagree."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class DocumentedDefaultDiffers(Rule):
    """The docstring states another default than the signature has.

    Who trusts the documentation trains with another value than they believe. Defaults drift apart when one
    of the two is copied from another optimizer.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Make the docstring state the default of the signature."
    flawed = (
        Flawed(
            '''\
import torch

class Plain(torch.optim.Optimizer):
    """Plain steps.

    Args:
        params: parameters to optimize
        lr: learning rate (default: 1e-2)
    """

    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))
''',
            (11,),
        ),
    )
    clean = (
        '''\
import torch

EPS = 1e-8

class Plain(torch.optim.Optimizer):
    """Plain steps.

    Args:
        params: parameters to optimize
        lr: learning rate (default: 0.001)
        eps: for stability (default: 1e-8)
        betas: decay rates (default: (0.9, 0.999))
        clip: largest norm (default: 1.0)
        decay: see the paper (default: lr / 10)
        scale: of the search (default: 1e-3)

         method: of the search (default: 'PRP')
    """

    def __init__(
        self, params, lr=1e-3, eps=EPS, betas=(0.9, 0.999), clip=None, decay=None, scale=1e-3, method="PRP"
    ):
        super().__init__(params, dict(lr=lr))
''',
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each parameter whose two defaults are literals and differ."""
        for entry in reading.signature.parameters:
            documented = reading.documentation.parameters.get(entry.name)
            if documented is None or documented.default is None or not entry.known:
                continue
            if entry.value is None:  # the documentation says what None comes to
                continue
            known, value = _literal(documented.default)
            if known and value != entry.value:
                stated, real = documented.default, entry.default
                message = f"The docstring gives `{entry.name}` the default {stated}, the signature {real}."
                yield Hit(entry.location, message)


def _literal(text: str) -> tuple[bool, object]:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False, None
    return True, tuple(value) if isinstance(value, list) else value

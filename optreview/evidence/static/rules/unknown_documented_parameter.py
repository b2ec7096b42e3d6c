"""Documented parameters that do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class UnknownDocumentedParameter(Rule):
    """The docstring documents a parameter that the constructor does not take.

    Passing it raises a TypeError. Usually the parameter was renamed or removed, or the docstring was copied.

    A constructor that takes `**kwargs` may accept any name, so it is not reported.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Take the entry out of the docstring, or rename it to the parameter it describes."
    flawed = (
        Flawed(
            '''\
import torch

class Plain(torch.optim.Optimizer):
    """Plain steps.

    Args:
        params: parameters to optimize
        lr: learning rate
        momentum: momentum factor
    """

    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))
''',
            (4,),
        ),
    )
    clean = (
        '''\
import torch

class Plain(torch.optim.Optimizer):
    """Plain steps.

    Args:
        params: parameters to optimize
        lr: learning rate
        momentum: momentum factor
    """

    def __init__(self, params, lr=1e-3, **kwargs):
        super().__init__(params, dict(lr=lr, **kwargs))
''',
        '''\
import torch

class Wrapped(torch.optim.Optimizer):
    """Plain steps.

    Args:
        params: parameters to optimize
        lr: learning rate
        betas (tuple[float, float]): coefficients of the running averages of
        update, square gradient and instability (default: (0.9, 0.999)))
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999)):
        super().__init__(params, dict(lr=lr, betas=betas))
''',
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit at the docstring for each name that the signature lacks."""
        constructor, place = reading.signature.constructor, reading.documentation.location
        if constructor is None or place is None or reading.signature.extra_keywords:
            return
        declared = constructor.node.params
        names = {
            entry.name.value
            for entry in (*declared.posonly_params, *declared.params, *declared.kwonly_params)
        }
        if not names & reading.documentation.parameters.keys():
            return
        for name in reading.documentation.parameters:
            if name not in names:
                yield Hit(place, f"The docstring documents `{name}`, which the constructor does not take.")

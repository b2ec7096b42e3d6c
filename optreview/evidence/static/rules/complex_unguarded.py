"""Complex parameters not thought of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading

#: Have no meaning for complex numbers and raise.
_ORDERED = frozenset(
    {"clamp", "clamp_", "clip", "clip_", "maximum", "minimum", "sign", "sign_", "amax", "amin"}
)
_SQUARES = frozenset({"addcmul_", "addcmul"})


class ComplexUnguarded(Rule):
    """Nothing asks whether a parameter is complex, and an operation is wrong for one that is.

    The square of a complex gradient is not its squared size: `addcmul_(grad, grad)` gives second moments that
    are complex, and comparing or clamping raises. Optimizers of torch.optim look at complex parameters
    through `torch.view_as_real`.

    It is fine when complex parameters are documented as unsupported, better still rejected.
    """

    severity = "info"
    effort = "small"
    remedy = "Use `torch.view_as_real` on parameter, gradient and state, or reject complex parameters."
    flawed = (
        Flawed(
            """\
import torch

class Squared(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["squares"] = torch.zeros_like(p)
                state["squares"].mul_(0.9).addcmul_(p.grad, p.grad, value=0.1)
                p.addcdiv_(p.grad, state["squares"].sqrt().add_(1e-8), value=-group["lr"])
""",
            (11,),
        ),
    )
    clean = (
        """\
import torch

class Viewed(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad
                if torch.is_complex(p):
                    p, grad = torch.view_as_real(p), torch.view_as_real(grad)
                state = self.state[p]
                if len(state) == 0:
                    state["squares"] = torch.zeros_like(p)
                state["squares"].mul_(0.9).addcmul_(grad, grad, value=0.1)
                p.addcdiv_(grad, state["squares"].sqrt().add_(1e-8), value=-group["lr"])
""",
        """\
import torch

class Linear(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])
""",
        """\
import torch

class Conjugated(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["squares"] = torch.zeros_like(p)
                state["squares"].addcmul_(p.grad, p.grad.conj())
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit at the first such operation when nothing that ``step`` reaches mentions complex numbers."""
        if reading.in_step("complex") or reading.limits:
            return
        for event in reading.in_step("in_place"):
            if _wrong(event):
                what = "multiplies a tensor by itself" if event.name in _SQUARES else "needs an order"
                message = (
                    f"`{event.name}` {what}, which is wrong for complex parameters; nothing asks for them."
                )
                yield Hit.of(event, message, "likely")
                return


def _wrong(event: Event) -> bool:
    if not isinstance(event.node, cst.Call) or any(tensor.size != "full" for tensor in event.tensors):
        return False
    if event.name in _SQUARES:
        factors = [
            event.module.text(argument.value) for argument in event.node.args if argument.keyword is None
        ]
        return len(factors) >= 2 and factors[-1] == factors[-2]
    return event.name in _ORDERED and all(tensor.role in {"gradient", "state"} for tensor in event.tensors)

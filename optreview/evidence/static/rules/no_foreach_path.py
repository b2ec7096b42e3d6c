"""One kernel a parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts.multi_tensor import list_calls
from optreview.evidence.static.facts.wrappers import wrapped
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading

_MATRIX = frozenset(
    {
        "matmul", "mm", "bmm", "einsum", "tensordot", "svd", "svd_lowrank", "eigh", "eig", "qr", "cholesky",
        "inverse", "inv", "pinv", "matrix_power", "solve", "addmm", "baddbmm", "chain_matmul", "multi_dot",
    }
)  # fmt: skip


#: Also those that work on one vector of all parameters.
_OTHERWISE = _MATRIX | {"cat", "concat", "parameters_to_vector", "_flatten_dense_tensors"}


class NoForeachPath(Rule):
    """`step` updates parameters one by one and has no `torch._foreach_*` path.

    Every elementwise operation is a kernel of its own for each parameter. On a GPU, with many small
    parameters, launching them takes longer than computing; `torch._foreach_*` launches one for a whole list.

    It is fine on the CPU, for a few large parameters, and under `torch.compile`. Optimizers whose step
    multiplies or decomposes matrices, works on one vector of all parameters or takes sparse gradients apart
    are not reported.
    """

    severity = "info"
    effort = "large"
    remedy = "Collect the tensors of a group into lists and use `torch._foreach_*`."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(0.99).add_(p.grad, alpha=-group["lr"])
""",
            (5,),
        ),
    )
    clean = (
        """\
import torch

class Listed(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            grads = [p.grad for p in group["params"]]
            torch._foreach_add_(group["params"], grads, alpha=-group["lr"])
""",
        """\
import torch

class Whitened(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(torch.linalg.qr(p.grad)[0], alpha=-group["lr"])
""",
        """\
import torch

class Wrapper(torch.optim.Optimizer):
    def __init__(self, optimizer):
        self.optimizer = optimizer

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.optimizer.param_groups:
            for p in group["params"]:
                p.mul_(0.5)
        self.optimizer.step(closure)
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit at ``step`` when it updates parameters, reaches no foreach call and no matrix operation."""
        step = reading.lineage.method("step")
        updates = [
            event
            for event in reading.in_step("in_place")
            if any(tensor.role == "parameter" for tensor in event.tensors)
        ]
        called = {event.name.rpartition(".")[2] for event in reading.in_step("call", "in_place")}
        listed = bool(list_calls(reading, ("_foreach_", "_fused_")))
        if step is None or not updates or listed or called & _OTHERWISE or _multiplies(reading):
            return
        if any(
            event.name in {"_indices", "_values", "indices", "values"} for event in reading.in_step("sparse")
        ):
            return
        if not reading.limits and not wrapped(reading):
            place = step.owner.module.location(step.node.name)
            yield Hit(place, "`step` has no `torch._foreach_*` path.")


def _multiplies(reading: Reading) -> bool:
    """Whether a function that ``step`` reaches multiplies or decomposes matrices by method or operator."""
    return any(
        f".{name}(" in text or " @ " in text
        for node, (module, _) in reading.reached.items()
        for text in (module.text(node),)
        for name in _MATRIX
    )

"""One optimizer on one bench: build it, step it, and keep the books while it does."""

from __future__ import annotations

import random
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.memory.account import Census, Holdings, account, total_bytes
from optreview.evidence.dynamic.memory.ledger import Ledger
from optreview.evidence.dynamic.memory.roots import Roots
from optreview.evidence.dynamic.workloads import SEED

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from optreview.evidence.dynamic.memory.account import Account
    from optreview.evidence.dynamic.memory.run import Subject
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.trace.places import Places
    from optreview.evidence.dynamic.workloads import Bench

    Watch = AbstractContextManager[object]


class BuildError(Exception):
    """The constructor raised what is this exception's cause."""


def cause_of(error: BaseException) -> BaseException:
    """The optimizer's own exception, where the session has wrapped it."""
    return error.__cause__ if isinstance(error, BuildError) and error.__cause__ else error


class Session:
    """Builds the optimizer in its constructor; every step gets fresh gradients from the next batch.

    ``watch`` is entered whenever the optimizer's own code runs, as the ledger is. With ``places``, the ledger
    notes where in the package's files memory was made.

    Attributes:
        ledger: The live-storage table, open since before construction began.
        census: What is held besides tensors' bytes, as of the last time that the session settled.
        gradients: Copies of the gradients as the last step found them, to tell whether it changed them.
    """

    def __init__(  # noqa: PLR0913
        self,
        subject: Subject,
        plan: Plan,
        bench: Bench,
        *,
        keep_gradients: bool = False,
        watch: Watch | None = None,
        places: Places | None = None,
    ) -> None:
        self.bench = bench
        self.plan = plan
        self.parameters = list(bench.parameters.values())
        self.parameter_bytes = total_bytes(self.parameters)
        self.gradients: list[torch.Tensor | None] = [None] * len(self.parameters)
        self._keep_gradients = keep_gradients
        self._watch = watch or nullcontext()
        roots = subject.roots or Roots(subject.cls)
        self.ledger = Ledger((*bench.data, *roots.tensors), places)
        self.ledger.record(self.parameters)
        seed(SEED)
        try:
            with self._watch, self.ledger:
                self.optimizer = plan.build(subject.cls, bench.model, self.parameters, subject.names)
        except Exception as error:
            raise BuildError from error
        self._holdings = Holdings(self.optimizer, self.parameters, roots)
        self.census = Census()

    def step(self, index: int) -> object:
        """Fresh gradients, then ``optimizer.step()``, whose result is returned.

        The ledger's peak and counters cover the step alone.
        """
        self.clear_gradients()
        if self.plan.gradients_first:
            if self.plan.own_backward or self._hooked():
                with self._watch, self.ledger:
                    self.differentiate(index)
            else:
                self.differentiate(index)
        self.ledger.mark()
        with self._watch, self.ledger:
            if self.plan.closure:
                return self.optimizer.step(lambda: self.closure(index))  # type: ignore[arg-type, return-value]
            return self.optimizer.step()

    def clear_gradients(self) -> None:
        """Drop every gradient, so that whoever else holds one is seen to hold it."""
        for parameter in self.bench.model.parameters():
            parameter.grad = None
        clear = type(self.optimizer).zero_grad
        if (
            clear is not torch.optim.Optimizer.zero_grad
        ):  # it may keep gradients of its own, as of master weights
            clear(self.optimizer)

    def settle(self) -> int:
        """Drop what nobody needs and return the bytes that are live beyond the parameters.

        The caller collects garbage first.
        """
        self.census = self._holdings.census(self.ledger)
        self.ledger.reread()
        return max(0, self.ledger.live - self.parameter_bytes)

    def account(self) -> Account:
        """Divide the live bytes among their holders."""
        return account(self.ledger, self._holdings, self.parameters, self.parameter_bytes)

    def gradients_changed(self) -> bool:
        """Whether the last step altered a gradient; dropping one is no change of its values."""
        pairs = zip(self.parameters, self.gradients, strict=True)
        return any(not _same(p.grad, kept) for p, kept in pairs if p.grad is not None and kept is not None)

    def closure(self, index: int) -> torch.Tensor:
        """A new batch's loss and gradients, whether or not autograd is on where ``step`` calls for them."""
        with self.ledger.not_counted(), torch.enable_grad():
            self.clear_gradients()
            return self.differentiate(index)

    def differentiate(self, index: int) -> torch.Tensor:
        """The loss of a batch, and its gradients."""
        loss = self.bench.differentiate(index, self.plan, self.optimizer)
        self.ledger.record([p.grad for p in self.parameters if p.grad is not None])
        if self._keep_gradients:
            with torch._C._DisableTorchDispatch():
                self.gradients = [
                    None if p.grad is None else p.grad.detach().clone() for p in self.parameters
                ]
        return loss.detach()

    def _hooked(self) -> bool:
        """Some optimizers work inside the backward pass: then it has to be watched too."""
        return any(p._backward_hooks or p._post_accumulate_grad_hooks for p in self.parameters)


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    if one.shape != other.shape or one.dtype != other.dtype or one.layout != other.layout:
        return False
    if one.layout is not torch.strided:
        one, other = one.coalesce().values(), other.coalesce().values()
    return torch.equal(one, other) or torch.equal(torch.nan_to_num(one.detach()), torch.nan_to_num(other))


def seed(number: int) -> None:
    """Start every global generator anew: torch's, Python's, and NumPy's if somebody imported it."""
    # torch.manual_seed would write down the stack each time, which takes longer than most steps.
    torch.default_generator.manual_seed(number)
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.manual_seed_all(number)
    random.seed(number)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(number)

"""What happens to sparse gradients: rejected in words, handled as dense ones are, or silently got wrong?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.protocols import Protocol
from optreview.evidence.dynamic.trials.probe import Answer, Probe, verdict
from optreview.evidence.dynamic.trials.rejection import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.evidence.dynamic.trials.stage import Stage

_STEPS = 3


class SparseGradients(Probe):
    """What becomes of sparse gradients: handled as dense ones are, rejected in words, or silently got wrong?

    Three steps on matrices with gradients as an embedding gives them, every row present, against the same
    dense. The words: ``handled``, ``rejected`` (by a ``raise`` that speaks of sparse gradients), ``differs``
    from dense, ``ignored`` (no weight moves, nothing is said), ``failed`` in an operation that cannot do it.
    """

    care = "low"
    failing = "Models with ``Embedding(sparse=True)`` cannot be trained with it, or are trained wrongly."
    designed = "A lazy update leaves absent rows alone; most optimizers reject sparse gradients."
    source = "https://docs.pytorch.org/docs/stable/sparse.html"
    unit = "verdict"

    def ask(self, stage: Stage) -> Answer:
        """Take the same steps with either kind of gradient."""
        session = stage.session(stage.device, _SparseRows())
        before = [p.detach().clone() for p in session.parameters]
        try:
            for index in range(_STEPS):
                session.step(index)
        except Exception as error:  # noqa: BLE001 - the optimizer may raise anything
            if in_words(error, stage.subject.cls, "sparse"):
                return verdict("rejected", f"A sparse gradient raises {stage.said(error)}.")
            return verdict("failed", f"A sparse gradient leads to {stage.said(error)}.")
        after = [p.detach() for p in session.parameters]
        if all(torch.equal(a, b) for a, b in zip(after, before, strict=True)):
            return verdict("ignored", "Sparse gradients change no weight, and nothing says so.")
        return _beside_dense(stage, after)


def _beside_dense(stage: Stage, after: list[torch.Tensor]) -> Answer:
    steps = f"{_STEPS} steps with sparse gradients"
    if stage.plan.shapes_gradients:
        return verdict("handled", f"{steps} change the weights; it was driven with no dense ones.")
    dense = stage.session(stage.device, _Matrices())
    try:
        for index in range(_STEPS):
            dense.step(index)
    except Exception:  # noqa: BLE001 - it may take sparse gradients only
        return verdict("handled", f"{steps} change the weights; it takes no dense ones.")
    pairs = zip(after, dense.parameters, strict=True)
    if all(torch.allclose(a, d.detach(), rtol=1e-4, atol=1e-6) for a, d in pairs):
        return verdict("handled", f"{steps} give the weights that the same dense ones give.")
    return verdict("differs", f"{steps} give other weights than the same dense ones.")


class _Matrices(Protocol):
    def accepts(self, parameter: torch.Tensor) -> bool:
        return parameter.dim() == 2


class _SparseRows(_Matrices):
    def shape_gradients(self, parameters: Iterable[torch.Tensor]) -> None:
        for parameter in parameters:
            if parameter.grad is not None and not parameter.grad.is_sparse:
                parameter.grad = parameter.grad.to_sparse(1)

"""``cls(params)``, ``backward()``, ``step()``; mandatory hyperparameters get a customary value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Values for mandatory arguments, by the names that PyTorch and the papers use. The rate and the momentum are
#: those of torch.optim's own tests; horizons are a run long enough never to end within a measurement.
_CUSTOMARY = {
    "alpha": "0.99",
    "num_data": "100",
    "beta": "0.9",
    "beta1": "0.9",
    "beta2": "0.999",
    "betas": "(0.9, 0.999)",
    "eps": "1e-08",
    "epsilon": "1e-08",
    "learning_rate": "0.001",
    "lr": "0.001",
    "max_iterations": "100",
    "momentum": "0.9",
    "num_epochs": "10",
    "num_iterations": "100",
    "num_steps": "100",
    "rho": "0.05",
    "t_max": "100",
    "total_steps": "100",
    "weight_decay": "0.0",
    "warmup_steps": "10",
}


class Plain(Protocol):
    """What seven optimizers in ten take."""

    order = 0

    def suits(self, clues: Clues) -> bool:  # noqa: ARG002
        """Always tried first."""
        return True

    def arguments(self, clues: Clues) -> Mapping[str, str]:
        """A customary value for every mandatory argument that has one."""
        return {name: _CUSTOMARY[name] for name in clues.required if name in _CUSTOMARY}

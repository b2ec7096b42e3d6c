"""Tensors that are hard on functions of matrices: ill-conditioned, large, small, and not positive."""

from __future__ import annotations

import torch
from torch import Tensor

_SEED = 47
#: From the largest singular value to the smallest.
_CONDITIONS = (1.0, 1e-2, 1e-6)
_SCALES = (1.0, 60.0, 0.02)


def hard(shape: tuple[int, ...], index: int = 0) -> list[Tensor]:
    """Of this shape; another index gives others.

    Those of square shape are symmetric in part, with eigenvalues of both signs.
    """
    generator = torch.Generator().manual_seed(_SEED + index)
    found = [scale * _normal(shape, generator) for scale in _SCALES]
    if len(shape) != 2:
        return found
    found += [singular(shape, condition, generator)[0] for condition in _CONDITIONS]
    if shape[0] == shape[1]:
        found.append(symmetric(shape[0], generator, signs=True)[0])
    return found


def singular(
    shape: tuple[int, ...], condition: float, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A matrix and its singular value decomposition, from one down to the condition."""
    few = min(shape)
    left = torch.linalg.qr(_normal((shape[0], few), generator))[0]
    right = torch.linalg.qr(_normal((shape[1], few), generator))[0]
    values = condition ** torch.linspace(0, 1, few, dtype=torch.float64)
    return left * values @ right.T, left, values, right


def symmetric(size: int, generator: torch.Generator, *, signs: bool = False) -> tuple[Tensor, Tensor, Tensor]:
    """A symmetric matrix, its vectors and its eigenvalues: from 10 to 0.1, of both signs if asked for."""
    vectors = torch.linalg.qr(_normal((size, size), generator))[0]
    values = 10 ** torch.linspace(1, -1, size, dtype=torch.float64)
    if signs:
        values = values * (-1.0) ** torch.arange(size)
    return vectors * values @ vectors.T, vectors, values


def _normal(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)

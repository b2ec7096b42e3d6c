"""Sums over a dimension each of two matrices, told as products of these."""

from __future__ import annotations

from typing import Any

CONTRACTIONS = frozenset({"tensordot", "einsum"})


def contracted(name: str, args: Any, kwargs: Any) -> tuple[tuple[int, int], bool] | None:  # noqa: ANN401
    """Over which dimension of either matrix is summed, and whether the result is turned; else None."""
    if name == "einsum":
        return _of_letters(args[0]) if isinstance(args[0], str) else None
    dims = kwargs.get("dims", args[2] if len(args) > 2 else 2)
    if isinstance(dims, int):
        return ((1, 0), False) if dims == 1 else None
    one, other = ([each] if isinstance(each, int) else list(each) for each in dims)
    return ((one[0] % 2, other[0] % 2), False) if len(one) == len(other) == 1 else None


def _of_letters(equation: str) -> tuple[tuple[int, int], bool] | None:
    """``ij,jk->ik`` and its like."""
    inputs, arrow, output = equation.replace(" ", "").partition("->")
    left, _, right = inputs.partition(",")
    shared = set(left) & set(right)
    if not arrow or len(set(left)) != 2 or len(set(right)) != 2 or len(shared) != 1:
        return None
    (letter,) = shared
    kept = left.replace(letter, "") + right.replace(letter, "")
    if output not in {kept, kept[::-1]}:
        return None
    return (left.index(letter), right.index(letter)), output != kept

"""Running one step of an update rule, in float64."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.rule.language.computing import COMPUTE
from optreview.notation.faults import RuleError
from optreview.notation.functions import FUNCTIONS
from optreview.notation.syntax import (
    Average,
    Branch,
    Call,
    Comparison,
    Logical,
    Name,
    Negative,
    Not,
    Number,
    Operation,
    Update,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from optreview.notation.syntax import Expression, Statement

_OPERATIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "+": torch.add,
    "-": torch.sub,
    "*": torch.mul,
    "/": torch.div,
    "@": torch.matmul,
    "^": torch.pow,
}
_RELATIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def double(value: Tensor | float) -> Tensor:
    """A value of the caller's as a tensor of the language."""
    if isinstance(value, torch.Tensor) and value.dtype == torch.float64 and value.is_cpu:
        return value.detach() if value.requires_grad else value
    return torch.as_tensor(value, dtype=torch.float64, device="cpu").detach()


@dataclass(frozen=True)
class Step:
    """The values while a step runs.

    Attributes:
        old: State entries and the caller's values before the step.
        new: State entries that lines have assigned so far.
        lets: Values that lines have named.
    """

    old: Mapping[str, Tensor]
    new: dict[str, Tensor]
    lets: dict[str, Tensor]
    blocks: Mapping[str, Callable[..., Tensor]]


def run(lines: tuple[Statement, ...], step: Step) -> None:
    """Run lines in order.

    Raises:
        RuleError: A value cannot be computed.
    """
    for line in lines:
        try:
            if isinstance(line, Branch):
                run(line.then if _holds(line.condition, step) else line.otherwise, step)
            elif isinstance(line, Update):
                step.new[line.name] = _assigned(line, step)
            else:
                step.lets[line.name] = value(line.value, step)
        except RuleError as error:
            raise error if error.line else RuleError(error.fault, line.line, error.column) from error
        except (RuntimeError, IndexError) as error:
            raise RuleError(" ".join(str(error).split())[:300], line.line) from error


def _holds(condition: Expression, step: Step) -> bool:
    found = value(condition, step)
    if found.dtype != torch.bool or found.numel() != 1:
        raise RuleError("The condition of an if is true or false, not a tensor or a number.")
    return bool(found)


def _assigned(line: Update, step: Step) -> Tensor:
    if not isinstance(line.value, Average):
        return _number(value(line.value, step))
    decay = _number(value(line.value.decay, step))
    return decay * _read(Name(line.name), step) + (1 - decay) * _number(value(line.value.value, step))


def value(node: Expression, step: Step) -> Tensor:
    """What an expression is worth: a tensor of float64, or of bool for a condition."""
    if isinstance(node, Number):
        return _constant(node.value)
    if isinstance(node, Name):
        return _read(node, step)
    if isinstance(node, Call):
        return _called(node, step)
    if isinstance(node, Negative):
        return -_number(value(node.operand, step))
    if isinstance(node, Not):
        return ~_condition(value(node.operand, step))
    return _joined(node, value(node.left, step), value(node.right, step))


def _joined(node: Operation | Comparison | Logical, left: Tensor, right: Tensor) -> Tensor:
    if isinstance(node, Operation):
        return _OPERATIONS[node.operator](_number(left), _number(right))
    if isinstance(node, Comparison):
        return _RELATIONS[node.relation](_number(left), _number(right))
    left, right = _condition(left), _condition(right)
    return left & right if node.connective == "and" else left | right


def _read(node: Name, step: Step) -> Tensor:
    if node.new and node.name in step.new:
        return step.new[node.name]
    for known in (step.lets, step.old):
        if node.name in known:
            return known[node.name]
    raise RuleError(f"{node.name!r} has no value.", column=node.column)


def _called(node: Call, step: Step) -> Tensor:
    arguments = [value(each, step) for each in node.arguments]
    function = FUNCTIONS.get(node.function)
    axis = {} if node.axis is None else {"axis": node.axis}
    if function is None:
        if node.function not in step.blocks:
            raise RuleError(f"{node.function!r} is no function of the language.", column=node.column)
        return double(step.blocks[node.function](*map(_number, arguments), **axis))
    first = _condition(arguments[0]) if function.condition else _number(arguments[0])
    return COMPUTE[node.function](first, *map(_number, arguments[1:]), **axis)


@lru_cache(maxsize=1 << 10)
def _constant(number: float) -> Tensor:
    """Nothing is computed in place."""
    return torch.tensor(number, dtype=torch.float64)


def _number(found: Tensor) -> Tensor:
    """True counts as 1 and false as 0."""
    return found if found.dtype == torch.float64 else found.to(torch.float64)


def _condition(found: Tensor) -> Tensor:
    if found.dtype != torch.bool:
        raise RuleError("A condition has to stand here, not a number.")
    return found

"""Torch's calls as formulas."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import sympy
import torch

from optreview.evidence.dynamic.rule.equations import operations
from optreview.evidence.dynamic.rule.equations.algebra import Formula, number
from optreview.evidence.dynamic.rule.equations.contracting import CONTRACTIONS, contracted
from optreview.evidence.dynamic.rule.equations.laying import Given
from optreview.evidence.dynamic.rule.equations.operations import UnlowerableError, base, function
from optreview.evidence.dynamic.rule.equations.storage import transposed
from optreview.evidence.dynamic.rule.program.expression import Expression
from optreview.evidence.dynamic.rule.program.instructions import Register, flattened, mapped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optreview.evidence.dynamic.rule.equations.laying import Laid
    from optreview.evidence.dynamic.rule.equations.lowering import Lowering
    from optreview.evidence.dynamic.rule.program.instructions import Call

    Making = Callable[[Call, str, Any, Any], list[Formula]]


class Calls:
    """Finds the formulas of what a call returns, or writes, from those of what it is given."""

    def __init__(self, lowering: Lowering) -> None:
        self._lowering = lowering
        self._drawn = 0
        self._making: dict[str, Making] = {}
        for names, making in (
            (operations.RANDOM, self._random),
            (operations.FILLED, self._filled),
            (operations.SAME, self._same),
            (operations.TRANSPOSED, self._turned),
            (operations.NORMS, self._norm),
            (operations.REDUCTIONS, self._reduced),
            (operations.PAIRS, self._pair),
            (operations.PRODUCTS, self._product),
            (operations.PACKING, self._packed),
            (CONTRACTIONS, self._contracted),
            (operations.COLLECTIVES, self._collected),
        ):
            self._making.update(dict.fromkeys(names, making))
        self._making |= {
            "data.__set__": self._replaced,
            "grad": self._grad,
            "getitem": self._taken,
            "setitem": self._set,
            "eye": self._identity,
        }

    def computed(self, call: Call) -> list[Formula]:
        """Formulas of the flattened result; for a function in place, of what it writes."""
        name = base(call.name)
        args = mapped(call.args, self._operand)
        kwargs = {key: mapped(value, self._operand) for key, value in call.kwargs.items()}
        kwargs.pop("out", None)
        if call.name.startswith("_foreach_"):
            return _each(name, args, kwargs)
        making = self._making.get(name)
        if making is not None:
            return making(call, name, args, kwargs)
        if name in operations.ELEMENTWISE:
            return [operations.ELEMENTWISE[name](*args, **_torch_names(kwargs))]
        return self._opaque(call, name)

    def _operand(self, value: Any) -> Any:  # noqa: ANN401 - an argument
        if isinstance(value, Register):
            return self._lowering.formula(value)
        if isinstance(value, Expression):
            return self._lowering.scalars.formula(value)
        return number(value) if isinstance(value, float) else value

    def _shape(self, call: Call) -> tuple[int, ...]:
        register = call.args[0]
        if not isinstance(register, Register):
            return ()
        return tuple(self._lowering.registers[register.number].shape)

    def _dimensions(self, call: Call) -> int:
        return len(self._shape(call))

    def _same(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401, ARG002
        return [args[0]]

    def _turned(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401, ARG002
        if self._dimensions(call) < 2 or (len(args) == 3 and args[1] == args[2]):
            return [args[0]]
        if self._of_vector and math.prod(self._shape(call)) == max(self._shape(call)):
            return [args[0]]
        return [transposed(args[0])]

    def _replaced(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401, ARG002
        return [args[1]]

    def _random(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401, ARG002
        self._lowering.lowered.random = True
        self._drawn += 1
        return [function("random", number(self._drawn))]

    def _filled(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401, ARG002
        if name == "full":
            return [args[1] if len(args) > 1 else kwargs["fill_value"]]
        return [sympy.Integer(operations.FILLED[name])]

    def _norm(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401, ARG002
        return [operations.norm(args, kwargs, self._shape(call))]

    def _reduced(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401
        if name in {"max", "min"} and len(args) > 1 and isinstance(args[1], sympy.Basic):
            return [{"max": sympy.Max, "min": sympy.Min}[name](*args)]
        axis = kwargs.get("dim", kwargs.get("axis", args[1] if len(args) > 1 else None))
        if operations.alone(axis, self._shape(call)):
            return [args[0], sympy.Integer(0)]
        axis = operations.axis(axis, self._shape(call))
        reduced = operations.reduced(operations.REDUCTIONS[name], args[0], axis)
        return [reduced, function(f"arg{name}", args[0])]

    def _pair(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401
        axis = kwargs.get("dim", args[1] if len(args) > 1 and not isinstance(args[1], bool) else None)
        if operations.alone(axis, self._shape(call)) or (isinstance(axis, list | tuple) and len(axis) > 1):
            return self._opaque(call, name)
        axis = operations.axis(axis, self._shape(call))
        found = (each and operations.reduced(each, args[0], axis) for each in operations.PAIRS[name])
        return [each or self._left(call, name.partition("_")[0], 0) for each in found]

    def _product(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401
        if name in {"addmm", "baddbmm"}:
            beta, alpha = kwargs.get("beta", 1), kwargs.get("alpha", 1)
            return [beta * args[0] + alpha * self._multiplied(operands(call)[1:3], args[1], args[2])]
        left, right = operands(call)[:2]
        if name == "rmatmul":
            left, right = right, left
        return [self._multiplied((left, right), *(args[1::-1] if name == "rmatmul" else args[:2]))]

    def _multiplied(self, given: Sequence[Register], left: Formula, right: Formula) -> Formula:
        """A product of matrices; a column times a row is each element of one times each of the other."""
        shapes = [tuple(self._lowering.registers[each.number].shape) for each in given]
        if all(len(each) == 1 for each in shapes):
            return function("sum", left * right)
        if not self._of_vector:
            return _matmul(left, right)
        if any(math.prod(each) == 1 for each in shapes):
            return left * right
        across = all(len(each) > 1 and math.prod(each) == max(each) for each in shapes)
        if across and shapes[0][-1] == 1 and shapes[1][-2] == 1:
            return function("outer", left, right)
        return _matmul(left, right)

    @property
    def _of_vector(self) -> bool:
        """Whether the parameter is one, so that columns and rows of it are the same to a formula."""
        return self._lowering.before.tensors["param.0"].dim() < 2

    def _contracted(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401
        """A sum over one dimension each of two matrices is their product, one of them turned or both."""
        given = operands(call)
        shapes = [self._lowering.registers[each.number].dim() for each in given]
        axes = contracted(name, args, kwargs)
        if shapes != [2, 2] or axes is None:
            return self._opaque(call, name)
        left, right = (self._lowering.formula(each) for each in given)
        (one, other), turned = axes
        found = _matmul(transposed(left) if one == 0 else left, transposed(right) if other == 1 else right)
        return [transposed(found) if turned else found]

    def _packed(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401, ARG002
        """One tensor put into a row of one, or taken out of it."""
        parts = args[0] if isinstance(args[0], list | tuple) else [args[0]]
        if len(parts) == 1 and all(position == 0 for position, _ in call.results):
            return [sympy.sympify(parts[0])]
        return self._opaque(call, name)

    def _collected(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401, ARG002
        """Of one process there is nothing to gather but its own."""
        given = args[operations.COLLECTIVES[name]] if len(args) > operations.COLLECTIVES[name] else None
        while isinstance(given, list | tuple) and len(given) == 1:
            given = given[0]
        return [given] if isinstance(given, sympy.Basic) else self._opaque(call, name)

    def _taken(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401, ARG002
        """By a mask: what is computed of some elements is put back by the mask, so it may be of all."""
        if self._masks(call.args[1]):
            return [args[0]]
        return self._opaque(call, name)

    def _set(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401, ARG002
        if self._masks(call.args[1]):
            return [function("where", args[1], args[2], args[0])]
        register, where, _ = call.args
        lowering = self._lowering
        whole = lowering.registers[register.number]
        if any(isinstance(each, Register) for each in flattened(where)):
            raise UnlowerableError("it writes into a part of a tensor that it computes")
        lowering.memory.write(whole[mapped(where, lowering._concrete)], args[2])
        return [lowering.formula(register)]

    def _masks(self, where: object) -> bool:
        if not isinstance(where, Register):
            return False
        return self._lowering.registers[where.number].dtype == torch.bool

    def _identity(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401, ARG002
        return [function("identity", number(args[0]))]

    def _grad(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401, ARG002
        """The gradient of a product with the gradient is a product with the Hessian."""
        towards = kwargs.get("grad_outputs", args[2] if len(args) > 2 else None)
        while isinstance(towards, list | tuple) and len(towards) == 1:
            towards = towards[0]
        if not isinstance(towards, sympy.Basic):
            raise UnlowerableError("it differentiates something else than a gradient")
        return [function("hessian_product", towards)]

    def _opaque(self, call: Call, name: str) -> list[Formula]:
        """A function that stays one: its tensors are its arguments."""
        inputs = operands(call)
        if call.written and not call.results and len(call.written) > 1:
            raise UnlowerableError(f"{call.name} changes several tensors, by code that is not seen")
        if not inputs:
            raise UnlowerableError(f"it makes a tensor by {call.name}")
        several = len(call.results) > 1
        most = 1 + max((position for position, _ in call.results), default=0)
        return [self._left(call, f"{name}_{n + 1}" if several else name, n) for n in range(most)]

    def _left(self, call: Call, name: str, position: int) -> Formula:
        """One of its results by a name of its own."""
        inputs = operands(call)
        given = tuple(map(self._given, inputs))
        block = self._lowering.blocks.opaque(call, name, position, given)
        return function(block, *(self._lowering.formula(each) for each in inputs))

    def _given(self, register: Register) -> Given:
        tensor = self._lowering.registers[register.number]
        return Given(self._laid(register), tensor.dim(), tensor.dtype in {torch.int32, torch.int64})

    def _laid(self, register: Register) -> Laid:
        """What it was brought to by a view, unless that is how it always is."""
        tensor = self._lowering.registers[register.number]
        content = self._lowering.memory.content(tensor)
        if content is None or _long(tensor) == _long(content.tensor):
            return None
        if tensor.dim() > 1 and tensor.shape == self._lowering.before.tensors["param.0"].shape:
            return "p"
        if tensor.dim() == 2 and len(_long(tensor)) == 1:
            return "row" if tensor.shape[0] == 1 else "column"
        return "flat" if tensor.dim() == 1 else tuple(tensor.shape)


def operands(call: Call) -> list[Register]:
    """The tensors that a call is given."""
    return [each for each in flattened([call.args, list(call.kwargs.values())]) if isinstance(each, Register)]


def _long(tensor: torch.Tensor) -> list[int]:
    """Its shape without dimensions of one element."""
    return [n for n in tensor.shape if n != 1]


def _matmul(left: Formula, right: Formula) -> Formula:
    """A product of matrices; with nothing it is nothing."""
    return sympy.Integer(0) if 0 in (left, right) else function("matmul", left, right)


def _each(name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401
    """A function of lists, for every element."""
    lists = [list(each) for each in (*args, *kwargs.values()) if isinstance(each, list | tuple)]
    count = len(lists[0])
    if any(len(each) != count for each in lists):
        raise UnlowerableError(f"it calls _foreach_{name} with lists of different lengths")

    def at(value: Any, index: int) -> Any:  # noqa: ANN401
        return value[index] if isinstance(value, list | tuple) else value

    found: list[Formula] = []
    for index in range(count):
        one = tuple(at(each, index) for each in args)
        named = {key: at(value, index) for key, value in kwargs.items()}
        if name in {"addcmul", "addcdiv"} and len(one) > 3:
            one, named = one[:3], {"value": one[3]}
        found.append(_named(name, one, _torch_names(named)))
    return found


def _named(name: str, args: Any, kwargs: Any) -> Formula:  # noqa: ANN401
    if name in operations.NORMS:
        return operations.norm(args, kwargs)
    make = operations.ELEMENTWISE.get(name)
    if make is None:
        raise UnlowerableError(f"it calls _foreach_{name}")
    return make(*args, **kwargs)


def _torch_names(named: dict[str, Any]) -> dict[str, Any]:
    """Some functions of lists call their arguments otherwise than those of tensors."""
    return {operations.LISTED.get(key, key): value for key, value in named.items() if value is not None}

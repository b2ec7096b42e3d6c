"""What torch's functions and tensor methods do to abstract values: torch itself is never read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter import torch_names
from optreview.evidence.static.interpreter.code_values import Foreign
from optreview.evidence.static.interpreter.holders import Row, Sequence
from optreview.evidence.static.interpreter.queries import derived, spread, tensors
from optreview.evidence.static.interpreter.values import (
    NULL,
    UNKNOWN,
    Const,
    Scalar,
    Shape,
    Size,
    Tensor,
    Value,
    join,
    only,
    origins,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence as Many


def writes_in_place(name: str) -> bool:
    """Whether a tensor method of that name writes into its receiver."""
    return name.endswith("_") and not name.endswith("__") and name not in torch_names.METADATA_WRITES


def deprecated(name: str, arguments: Many[Value]) -> bool:
    """Whether the scalar stands before the tensors, as in ``add_(scalar, tensor)`` before PyTorch 1.5."""
    wanted = {"add": 2, "sub": 2, "addcmul": 3, "addcdiv": 3}.get(name.rstrip("_"))
    if wanted is None or len(arguments) != wanted:
        return False
    return not tensors(arguments[0]) and all(tensors(value) for value in arguments[1:])


def temporary(size: Size) -> Value:
    """A new tensor of that size."""
    return only(Tensor("temporary", None, size))


def largest(values: Many[Value]) -> Size:
    """The size that broadcasting these values gives."""
    sizes = {tensor.size for value in values for tensor in spread(value, 1)}
    for size in ("full", "partial", "unknown", "scalar"):
        if size in sizes:
            return size
    return "unknown"


def detached(tensor: Tensor) -> Tensor:
    """The same memory, out of autograd's sight."""
    return tensor if tensor.detached else replace(tensor, detached=True)


def resized(tensor: Tensor, size: Size) -> Tensor:
    """The same memory, seen with another shape."""
    return tensor if tensor.size == size else replace(tensor, size=size)


def shape_size(arguments: Many[Value]) -> Size:
    """The size that shape arguments describe: ``p.shape``, ``(1,)``, ``rows, cols``."""
    if not arguments:
        return "scalar"
    if len(arguments) > 1:
        return _dimensions(arguments)
    sizes = {_one_shape(atom) for value in arguments for atom in value}
    return sizes.pop() if len(sizes) == 1 else "unknown"


def _asked(name: str, arguments: Many[Value], keywords: Mapping[str, Value]) -> Size:
    """The size of what is made by its shape."""
    given = [keywords["size"]] if "size" in keywords else arguments
    return shape_size(given[:1] if name in {"full", "new_full", "empty_strided"} else given)


def _one_shape(atom: object) -> Size:
    if isinstance(atom, Shape):
        return atom.size
    if isinstance(atom, Const):
        return "scalar" if atom.value == 1 else "unknown"
    if isinstance(atom, Sequence):
        return _listed(atom)
    if isinstance(atom, Scalar) and "shape" in atom.traits:
        return "partial"
    return "unknown"


def _listed(held: Sequence) -> Size:
    if held.shape is not None:
        return held.shape
    if held.items is not None and not held.rest:
        return _dimensions(held.items)
    return "partial" if "shape" in origins(held.element())[1] else "unknown"


def _dimensions(items: Many[Value]) -> Size:
    if all(value == only(Const(1)) for value in items):
        return "scalar"
    shaped = any("shape" in origins(value)[1] for value in items)
    return "partial" if shaped else "unknown"


def method(name: str, receiver: Tensor, arguments: Many[Value], keywords: Mapping[str, Value]) -> Value:  # noqa: C901, PLR0911 - one case a line
    """What ``receiver.name(…)`` returns; writing in place is the caller's to note."""
    if writes_in_place(name):
        return only(receiver)
    if name in torch_names.VIEWS:
        return only(_viewed(name, receiver, arguments))
    if name in torch_names.CONVERSIONS:
        return _converted(name, receiver, arguments, keywords)
    if name in torch_names.SPLITS:
        return only(Row(None, only(resized(receiver, "partial"))))
    if name in torch_names.METADATA or name in torch_names.COMPLEX:
        return only(Scalar(traits=_host_trait(name)))
    if name in {"size", "shape"}:
        return (
            only(Scalar(traits=frozenset({"shape"}))) if arguments or keywords else only(Shape(receiver.size))
        )
    if name in torch_names.SYNCS and name != "nonzero":
        return only(Scalar(traits=frozenset({"tensor"})))
    if name in torch_names.REDUCTIONS:
        return _reduced(name, receiver, arguments, keywords)
    if name in torch_names.BY_SHAPE_METHODS:
        return temporary(_asked(name, arguments, keywords))
    if name == "new_tensor":
        return temporary(largest(arguments[:1]) if arguments and tensors(arguments[0]) else "scalar")
    if name in torch_names.DECOMPOSITIONS:  # the values and indices of some are of the receiver's size
        return only(Row(None, temporary(receiver.size if name in {"sort", "cummax"} else "partial")))
    return temporary(largest([only(receiver), *arguments]))


def _viewed(name: str, receiver: Tensor, arguments: Many[Value]) -> Tensor:
    if name == "resize_as_" and arguments:
        return resized(receiver, largest(arguments[:1]))
    if name in {"data", "detach"}:
        return detached(receiver)
    return resized(receiver, "partial") if name in {"narrow", "select", "diagonal", "unfold"} else receiver


def _converted(name: str, receiver: Tensor, arguments: Many[Value], keywords: Mapping[str, Value]) -> Value:
    copy = Tensor("temporary", None, receiver.size)
    given = {
        atom.name for value in (*arguments, *keywords.values()) for atom in value if isinstance(atom, Foreign)
    }
    # A float32 tensor keeps its memory under ``.float()``, and never under a conversion to another width.
    named = {each for each in given if each in torch_names.DTYPES}
    converts = name in torch_names.OTHER_WIDTHS or (named and named <= torch_names.OTHER_DTYPES)
    if receiver.host and name == "to" and not named and keywords.keys() != {"dtype"}:
        receiver = replace(receiver, host=False)  # to another device, as far as one can see
    return only(copy) if converts else frozenset((receiver, copy))


def _host_trait(name: str) -> frozenset[str]:
    if name in torch_names.SHAPED:
        return frozenset({"shape"})
    return frozenset(
        {
            "complex"
            if name in torch_names.COMPLEX
            else "requires_grad"
            if name == "requires_grad"
            else "metadata"
        }
    )


def _reduced(name: str, receiver: Tensor, arguments: Many[Value], keywords: Mapping[str, Value]) -> Value:
    if name in {"max", "min"} and arguments and tensors(arguments[0]):
        return temporary(largest([only(receiver), *arguments]))
    positional = arguments[1:] if name in {"norm", "quantile", "vector_norm", "matrix_norm"} else arguments
    along = "dim" in keywords or "axis" in keywords or bool(positional)
    size: Size = "partial" if along and receiver.size != "scalar" else "scalar"
    if along and name in {"max", "min", "median", "mode"}:
        return only(Row(None, temporary(size)))
    return temporary(size)


def function(name: str, arguments: Many[Value], keywords: Mapping[str, Value]) -> Value:  # noqa: PLR0911 - one case a line
    """What a function of torch (or of anything else outside) returns, by its dotted name."""
    tail = name.rpartition(".")[2]
    if name in torch_names.FALSE:
        return only(Const(value=False))
    if tail == "_get_value":  # torch's own reader of step counters, as its optimizers use it
        return only(Scalar(traits=frozenset({"tensor"})))
    if tail in torch_names.HOST or name.startswith(torch_names.HOST_MODULES):
        return derived([*arguments, *keywords.values()], "metadata")
    if tail.startswith("_foreach_"):
        return _foreach(tail, arguments)
    first = tensors(arguments[0]) if arguments else []
    if tail in torch_names.LIKE and first:
        return temporary(_like_size(first))
    if tail in torch_names.BY_SHAPE:
        return _made(_asked(tail, arguments, keywords), keywords)
    if tail in {"tensor", "scalar_tensor", "arange", "linspace", "eye"} or (
        tail == "as_tensor" and not first
    ):
        return _made(_tensor_size(tail, arguments), keywords)
    if first and tail in torch_names.BOTH:
        rest = list(arguments[1:])
        return join(*(method(tail, tensor, rest, keywords) for tensor in first))
    if tail in {"stack", "cat", "concat", "hstack", "vstack"}:
        held = spread(arguments[0]) if arguments else []
        return temporary(_like_size(held) if held else "unknown")
    return _plain(name, tail, arguments, keywords)


def _made(size: Size, keywords: Mapping[str, Value]) -> Value:
    """A tensor made from scratch: on the host unless a device is named."""
    host = keywords.get("device", _CPU) == _CPU
    return only(Tensor("temporary", None, size, host=host))


_CPU = only(Const("cpu"))


def _plain(name: str, tail: str, arguments: Many[Value], keywords: Mapping[str, Value]) -> Value:  # noqa: PLR0911 - one case a line
    held = [*arguments, *keywords.values()]
    found = any(spread(value) for value in held)
    if not name.startswith("torch") and not found:
        return derived(held, "unknown")
    if tail in torch_names.DECOMPOSITIONS:
        return only(Row(None, temporary("partial")))
    if tail in torch_names.COMPLEX:
        return only(Scalar(traits=frozenset({"complex"})))
    if tail == "grad":  # torch.autograd.grad gives one tensor for each input
        return only(Row(None, temporary("full")))
    if name.startswith("torch.nn.") and tail in torch_names.ELEMENTWISE_MODULES and not found:
        return only(Foreign(f"torch.nn.functional.{tail.lower()}"))  # what calling it computes
    if name.startswith("torch") and (found or tail[:1].islower()):
        return temporary(largest(held))
    return UNKNOWN


def _like_size(held: Many[Tensor]) -> Size:
    sizes = {tensor.size for tensor in held}
    return sizes.pop() if len(sizes) == 1 else largest([frozenset(held)])


def _tensor_size(tail: str, arguments: Many[Value]) -> Size:
    if tail in {"arange", "linspace", "eye"} or not arguments:
        return "unknown"
    holds = any(isinstance(atom, Sequence) for atom in arguments[0])
    return "unknown" if holds else "scalar"


def _foreach(tail: str, arguments: Many[Value]) -> Value:
    if tail.endswith("_"):
        return NULL
    held = next((found for value in arguments if (found := spread(value))), [])  # a power's base is a number
    if tail in {"_foreach_norm", "_foreach_max"} or (not held and arguments and of_options(arguments[0])):
        return only(Row(None, temporary("scalar")))
    size: Size = _like_size(held) if held else "full"
    return only(Row(None, temporary(size)))


def of_options(value: Value) -> bool:
    """Whether what is given is known to come from hyperparameters alone, such as a list of learning rates."""
    names, traits = origins(value)
    return bool(names) and not traits and not spread(value)


def where_computed(result: Value, operands: Many[Value]) -> Value:
    """The same, on the host where every tensor that went in is there."""
    if not operands or not any(isinstance(atom, Tensor) and atom.host for atom in operands[0]):
        return result
    sides = [held for side in operands if (held := spread(side, 1))]
    if not all(any(tensor.host for tensor in held) for held in sides):
        return result
    return frozenset(
        replace(atom, host=True) if isinstance(atom, Tensor) and atom.role == "temporary" else atom
        for atom in result
    )


def binary(left: Value, right: Value) -> Value:
    """What an arithmetic operation or an elementwise comparison gives."""
    sides = (left, right)
    if any(isinstance(atom, Tensor) for side in sides for atom in side):
        # A counter may be made on the CPU under one option only; then so may be what is computed from it.
        host = all(any(tensor.host for tensor in held) for side in sides if (held := tensors(side)))
        result = only(Tensor("temporary", None, largest(sides), host=host))
        certain = any(
            tensors(side) and all(isinstance(atom, Tensor | Const) for atom in side) for side in sides
        )
        return result if certain else join(result, derived(sides))
    return derived(sides)

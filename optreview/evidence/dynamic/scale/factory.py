"""The user's own model, built by the user's own function without allocating it.

The function gives the model, or the model and a function of a number of examples that gives what a forward
pass of so many takes: a tensor, a tuple, or a dictionary of keywords. Then activations are counted as well.

Tensors of more than a few pages are hollow; small ones are real, since constructors read them
(``[x.item() for x in torch.linspace(0, rate, depth)]``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

import msgspec
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from optreview.evidence.dynamic.failures import RefusalError, said
from optreview.evidence.dynamic.load import load_module
from optreview.evidence.dynamic.scale.activations import activations
from optreview.evidence.dynamic.wire import LARGEST_FRAME, Described, frame
from optreview.records import Failure, ModelTensor
from optreview.records.scale import Dtype

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from torch._ops import OpOverload

    from optreview.records import Target

#: Results of operations up to this many bytes are real.
_SMALL = 1 << 16
_DTYPES: dict[torch.dtype, Dtype] = {getattr(torch, name): name for name in get_args(Dtype)}


def describe(target: Target, limit: str, *, batches: Sequence[int] = (), boxed: bool) -> Described:
    """Import the target's module, call what it names, and list the parameters that are to be trained.

    Where batches come with the model, also count what a forward and a backward pass hold.

    Raises:
        RefusalError: It cannot be imported or called, or gives no model.
    """
    module = load_module(target, limit, boxed=boxed)
    made: object = getattr(module, target.class_name or "", None)
    if not isinstance(made, nn.Module) and not callable(made):
        raise _refusal(target, "is no function; name one that gives a torch.nn.Module")
    try:
        if not isinstance(made, nn.Module):
            with _Hollow():  # type: ignore[no-untyped-call]
                made = made()
        made, batch = _divided(made)
        tensors = tuple(_tensors(_named(made)))
    except BaseException as error:  # noqa: BLE001 - the user's code raises what it likes
        raise _refusal(target, f"raised {said(error, target).rstrip('.')}") from None
    if not tensors:
        raise _refusal(target, "gave no parameter that requires a gradient; return a torch.nn.Module")
    described = Described(tensors=tensors, held=_held(made))
    if isinstance(made, nn.Module) and batch is not None:
        described = _with_activations(described, target, made, batch, batches)
    if len(frame(described)) > LARGEST_FRAME:
        raise _refusal(target, f"gave {len(tensors):,} parameters, more than can be listed")
    return described


def _divided(made: object) -> tuple[object, Callable[[int], object] | None]:
    """A model, and the function that gives its batches where there is one."""
    if isinstance(made, tuple) and len(made) == len(("model", "batch")) and callable(made[1]):
        return made[0], made[1]
    return made, None


def _held(made: object) -> int:
    """Bytes of what is not trained: other parameters, and buffers."""
    if not isinstance(made, nn.Module):
        return 0
    resting = [each for each in made.parameters() if not each.requires_grad]
    return sum(each.untyped_storage().nbytes() for each in (*resting, *made.buffers()))


def _with_activations(
    described: Described,
    target: Target,
    model: nn.Module,
    batch: Callable[[int], object],
    sizes: Sequence[int],
) -> Described:
    try:
        found = activations(model, batch, sizes)
    except BaseException as error:  # noqa: BLE001 - the user's code raises what it likes
        return msgspec.structs.replace(described, unrun=said(error, target).rstrip("."))
    return msgspec.structs.replace(described, activations=found)


def _refusal(target: Target, what: str) -> RefusalError:
    message = f"{target.spec} {what}."
    return RefusalError(Failure(kind="model-failed", message=message))


def _named(made: object) -> Iterable[tuple[str, object]]:
    """Names and tensors of a module or of a mapping, such as a state dict."""
    if isinstance(made, nn.Module):
        return made.named_parameters()
    return made.items() if isinstance(made, Mapping) else ()


def _tensors(named: Iterable[tuple[str, object]]) -> Iterator[ModelTensor]:
    for name, tensor in named:
        if isinstance(tensor, torch.Tensor) and tensor.requires_grad and tensor.dtype in _DTYPES:
            shape = tuple(int(size) for size in tensor.shape)
            yield ModelTensor(name=name, shape=shape, dtype=_DTYPES[tensor.dtype])


class _Hollow(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Puts large results, and everything that is computed from them, on the meta device."""

    def __torch_dispatch__(
        self,
        func: OpOverload[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the operation returns
        """Run one operation without values; once more with values where everything in it is small."""
        given = kwargs or {}
        if func.name() in _READS:  # type: ignore[no-untyped-call]
            return func(*args, **given)
        hollow = func(*tree_map(_emptied, args), **_on_meta(func, tree_map(_emptied, given)))
        if any(_is_hollow(leaf) for leaf in tree_leaves((args, given))):
            return hollow
        return func(*args, **given) if all(map(_small, tree_leaves(hollow))) else hollow


def _emptied(leaf: object) -> object:
    return leaf.to("meta") if isinstance(leaf, torch.Tensor) else leaf


def _is_hollow(leaf: object) -> bool:
    return isinstance(leaf, torch.Tensor) and leaf.is_meta


def _small(leaf: object) -> bool:
    return not isinstance(leaf, torch.Tensor) or leaf.untyped_storage().nbytes() <= _SMALL


def _on_meta(func: OpOverload[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    """The keywords of an operation whose result is to lie on the meta device."""
    placed = any(argument.name == "device" for argument in func._schema.arguments)
    kept = {name: value for name, value in given.items() if name not in {"generator", "pin_memory"}}
    return kept | ({"device": "meta"} if placed else {})


_READS = frozenset({"aten::_local_scalar_dense", "aten::equal", "aten::is_nonzero", "aten::nonzero"})

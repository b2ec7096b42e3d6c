"""What a registry holds, listed in the box: ``module_dict`` as MMEngine's has, a mapping, or a sequence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeGuard

from torch.optim import Optimizer

from optreview.evidence.dynamic.failures import RefusalError, said
from optreview.evidence.dynamic.load import load_module
from optreview.evidence.dynamic.wire import Entry, Enumerated
from optreview.records import Failure

if TYPE_CHECKING:
    from optreview.records import Target

#: More than any registry has.
MOST = 2000


def enumerate_classes(target: Target, limit: str, *, boxed: bool) -> Enumerated:
    """Import the target's module and list the optimizer classes that its object holds, each once.

    Raises:
        RefusalError: It cannot be imported, there is no such object, or it is no registry of optimizers.
    """
    found: object = load_module(target, limit, boxed=boxed)
    for name in (target.class_name or "").split("."):
        found = getattr(found, name, None)
    if found is None:
        raise _refusal(target, "is not there; name a registry, a dict or a list of classes")
    try:
        classes = list(_classes(found))
    except BaseException as error:  # noqa: BLE001 - the user's object raises what it likes
        raise _refusal(target, f"raised {said(error, target).rstrip('.')}") from None
    optimizers = list(dict.fromkeys(filter(_is_optimizer, classes)))
    if not optimizers:
        raise _refusal(target, "holds no optimizer class; name a registry, a dict or a list of classes")
    if len(optimizers) > MOST:
        raise _refusal(target, f"holds {len(optimizers):,} classes, more than can be listed")
    return Enumerated(entries=tuple(Entry(module=c.__module__, name=c.__qualname__) for c in optimizers))


def _classes(found: object) -> Iterable[object]:
    held = getattr(found, "module_dict", found)
    if isinstance(held, Mapping):
        return held.values()
    return held if isinstance(held, Iterable) else ()


def _is_optimizer(found: object) -> TypeGuard[type[Optimizer]]:
    return isinstance(found, type) and issubclass(found, Optimizer) and found is not Optimizer


def _refusal(target: Target, what: str) -> RefusalError:
    return RefusalError(Failure(kind="registry-failed", message=f"{target.spec} {what}."))

"""A dictionary, as projects of OpenMMLab build optimizers from their registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.judgement.literals import value_of
from optreview.judgement.styles import UnfitError, arguments

if TYPE_CHECKING:
    from optreview.judgement.styles import Call

TITLE = "a configuration, optimizer = dict(type=…)"
#: The registry has every optimizer of torch.optim from the start.
_REGISTERED = "torch.optim"


def lines(call: Call) -> tuple[list[str], list[str]]:
    """The dictionary; the class is called with the parameters and the rest of it."""
    return [*registration(call), "optimizer = dict(", *entries(call), ")"], building(call, "optimizer")


def registration(call: Call) -> list[str]:
    """What has to be done once in the project for a class that the registry does not have."""
    if call.module == _REGISTERED or call.module.startswith(f"{_REGISTERED}."):
        return []
    return [f"# registered once in the project: OPTIMIZERS.register_module(module={call.name})"]


def entries(call: Call) -> list[str]:
    """The entries of the dictionary.

    Raises:
        UnfitError: A dictionary cannot say it.
    """
    if not call.plain:
        raise UnfitError("A configuration gives a class its parameters and plain values; this needs more.")
    for setting in call.settings:
        if value_of(setting.value) is None and setting.value != "None":
            raise UnfitError(f"The value of {setting.name} is code, and a configuration holds plain values.")
    return [f'    type="{call.name}",', *arguments(call.settings)]


def building(call: Call, place: str) -> list[str]:
    """What the registry does with the dictionary."""
    return [
        call.importing,
        f"chosen = dict({place})",
        'chosen.pop("type")',
        f"optimizer = {call.name}(model.parameters(), **chosen)",
    ]

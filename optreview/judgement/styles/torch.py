"""The constructor call, with its imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.judgement.styles import arguments

if TYPE_CHECKING:
    from optreview.judgement.styles import Call

TITLE = "Python, as torch has it"


def lines(call: Call) -> tuple[list[str], list[str]]:
    """Imports, what has to come first, the call, what has to follow."""
    rest = call.before.splitlines() + _split(call)
    rest += _called(call)
    rest += call.after.splitlines()
    needs_torch = any("torch." in line for line in rest) or call.only
    if call.only:
        rest += ["if others:", f"    optimizer_for_others = torch.optim.AdamW(others{call.others})"]
    return [*(["import torch"] if needs_torch else []), call.importing, "", *rest], []


def _split(call: Call) -> list[str]:
    if not call.only:
        return []
    return [
        f"taken = [p for p in model.parameters() if {call.only}]",
        f"others = [p for p in model.parameters() if not ({call.only})]",
    ]


def _called(call: Call) -> list[str]:
    whole = f"[p for p in model.parameters() if {call.only}]"
    first = call.parameters.replace(whole, "taken") if call.only else call.parameters
    if not call.settings:
        return [f"optimizer = {call.name}({first})"]
    return [f"optimizer = {call.name}(", f"    {first},", *arguments(call.settings), ")"]

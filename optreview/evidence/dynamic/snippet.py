"""The lines that do by hand what a plan does: they run as they are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.records import RecipeLines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.plan import Plan


def of(plan: Plan, module: str, class_name: str, *, steps: int = 1) -> str:
    """Import, model, optimizer, and as many steps as it takes until a weight moves."""
    name = class_name.partition(".")[0]
    arguments = "".join(f", {option.name}={option.value}" for option in plan.arguments)
    lines = [
        "import torch",
        f"from {module} import {name}",
        "",
        *_lines(plan, "begin_source"),
        "model = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.GELU(), torch.nn.Linear(32, 4))",
        *_given(plan)[0],
        f"optimizer = {class_name}({_given(plan)[1]}{arguments})",
        *_lines(plan, "setup_source"),
        "",
        *_closure(plan),
    ]
    step = _step(plan)
    if steps > 1:
        step = [f"for _ in range({steps}):", *_indented(step)]
    return "\n".join([*lines, *step]) + "\n"


def parts(plan: Plan) -> RecipeLines:
    """The same lines, for a snippet with other arguments."""
    return RecipeLines(
        before="\n".join([*_lines(plan, "begin_source"), *_given(plan)[0]]),
        parameters=_given(plan)[1],
        only=_conditions(plan),
        after="\n".join(_lines(plan, "setup_source")),
        step="\n".join([*_closure(plan), *_step(plan)]),
    )


def _closure(plan: Plan) -> list[str]:
    if not plan.closure:
        return []
    body = ["optimizer.zero_grad()", *_backward(plan), "return loss"]
    return ["", "@torch.enable_grad()", "def closure():", *_indented(body), "", ""]


def _step(plan: Plan) -> list[str]:
    if plan.closure:
        return [*(["closure()"] if plan.gradients_first else []), "optimizer.step(closure)"]
    return [*_backward(plan), "optimizer.step()", "optimizer.zero_grad()"]


def _conditions(plan: Plan) -> str:
    return " and ".join(each.only for each in plan.protocols if each.only)


def _given(plan: Plan) -> tuple[list[str], str]:
    """Lines that name parts of the constructor's first argument, and that argument."""
    conditions = _conditions(plan)
    text = f"[p for p in model.parameters() if {conditions}]" if conditions else "model.parameters()"
    lines: list[str] = []
    for each in plan.protocols:
        lines += each.names_source.replace("{parameters}", text).splitlines()
        text = each.parameters_source.replace("{parameters}", text)
    return lines, text


def _backward(plan: Plan) -> list[str]:
    loss = "loss = torch.nn.functional.mse_loss(model(torch.randn(8, 16)), torch.randn(8, 4))"
    own = _lines(plan, "backward_source") or ["loss.backward()"]
    return [loss, *own, *_lines(plan, "gradients_source")]


def _lines(plan: Plan, part: str) -> list[str]:
    return [line for each in plan.protocols for line in getattr(each, part).splitlines()]


def _indented(lines: list[str]) -> Iterator[str]:
    return (f"    {line}" if line else line for line in lines)

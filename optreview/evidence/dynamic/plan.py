"""A plan: the stack of protocols and the arguments with which an optimizer is built and stepped."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch

from optreview.evidence.dynamic.protocols import Clues, Protocol, name_of
from optreview.records import Option, Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from torch import nn


@dataclass(frozen=True)
class Plan:
    """Protocols, the first being ``plain``, constructor arguments as source text, and what is known."""

    protocols: tuple[Protocol, ...]
    arguments: tuple[Option, ...] = ()
    clues: Clues = field(default_factory=Clues)

    @property
    def name(self) -> str:
        """The last protocol that had to be added: what sets this optimizer apart."""
        return name_of(self.protocols[-1])

    @property
    def closure(self) -> bool:
        """Whether ``step`` is given a closure."""
        return any(protocol.closure for protocol in self.protocols)

    @property
    def gradients_first(self) -> bool:
        """Whether there is a backward pass before ``step``."""
        return not self.closure or any(protocol.gradients_first for protocol in self.protocols)

    @property
    def differentiates(self) -> bool:
        """Whether gradients alone will not do, since the step uses their graph as well."""
        return any(type(p).backward is not Protocol.backward for p in self.protocols)

    @property
    def takes_groups(self) -> bool:
        """Whether the constructor's first argument is the parameters, so that groups can be chosen."""
        return all(type(p).first_argument is Protocol.first_argument for p in self.protocols)

    def extended(self, protocol: Protocol, clues: Clues) -> Plan:
        """The same plan with one more protocol, which the clues call for."""
        added = [Option(name=name, value=value) for name, value in protocol.arguments(clues).items()]
        longer = replace(self, protocols=(*self.protocols, protocol), clues=clues)
        return longer.with_options(added)

    def with_options(self, options: Iterable[Option]) -> Plan:
        """The same plan with constructor arguments set or replaced."""
        merged = {option.name: option for option in (*self.arguments, *options)}
        return replace(self, arguments=tuple(merged.values()))

    def accepts(self, shape: tuple[int, ...]) -> bool:
        """Whether every protocol lets the optimizer have a tensor of this shape."""
        parameter = torch.empty(shape, device="meta")
        return all(protocol.accepts(parameter) for protocol in self.protocols)

    def build(
        self,
        cls: type[torch.optim.Optimizer],
        model: nn.Module,
        parameters: Sequence[nn.Parameter],
        names: Mapping[str, object],
    ) -> torch.optim.Optimizer:
        """Call the constructor, then put the optimizer into the state in which it is stepped."""
        keywords: dict[str, Any] = {option.name: evaluate(option.value, names) for option in self.arguments}
        given = (protocol.first_argument(model, parameters, self.clues) for protocol in self.protocols)
        first: Any = next((each for each in given if each is not None), list(parameters))
        optimizer = cls(first, **keywords)
        for protocol in self.protocols:
            protocol.prepare(optimizer)
        return optimizer

    def backward(self, loss: torch.Tensor, parameters: Iterable[torch.Tensor]) -> None:
        """Produce the gradients in the form that the optimizer takes."""
        if not any(protocol.backward(loss) for protocol in self.protocols):
            loss.backward()  # type: ignore[no-untyped-call]
        self.shape_gradients(parameters)

    def shape_gradients(self, parameters: Iterable[torch.Tensor]) -> None:
        """Change dense gradients into the form that the optimizer takes."""
        for protocol in self.protocols:
            protocol.shape_gradients(parameters)

    def recipe(self, module: str, class_name: str) -> Recipe:
        """The record of this plan, with the lines that do the same by hand."""
        departures = ("setup_source", "backward_source", "gradients_source")
        return Recipe(
            protocol=self.name,
            arguments=self.arguments,
            snippet=self._snippet(module, class_name),
            ordinary_loop=not self.closure and not any(map(self._source, departures)),
        )

    def _snippet(self, module: str, class_name: str) -> str:
        parameters = self._source("parameters_source") or "model.parameters()"
        keywords = "".join(f", {option.name}={option.value}" for option in self.arguments)
        lines = [
            "import torch",
            f"from {module} import {class_name}",
            "",
            "model = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.GELU(), torch.nn.Linear(32, 4))",
            f"optimizer = {class_name}({parameters}{keywords})",
            *self._source("setup_source").splitlines(),
            "",
        ]
        loss = ["loss = torch.nn.functional.mse_loss(model(torch.randn(8, 16)), torch.randn(8, 4))"]
        loss += (self._source("backward_source") or "loss.backward()").splitlines()
        loss += self._source("gradients_source").splitlines()
        if self.closure:
            body = ["optimizer.zero_grad()", *loss, "return loss"]
            lines += ["", "def closure():", *(f"    {line}" for line in body), "", ""]
            lines += ["closure()"] if self.gradients_first else []
            lines += ["optimizer.step(closure)"]
        else:
            lines += [*loss, "optimizer.step()", "optimizer.zero_grad()"]
        return "\n".join(lines) + "\n"

    def _source(self, attribute: str) -> str:
        flag = next(iter(self.clues.group_flags), "")
        text = "\n".join(text for p in self.protocols if (text := getattr(p, attribute)))
        return text.replace("{flag}", flag)


def evaluate(source: str, names: Mapping[str, object]) -> object:
    """The value of an argument's source text; what is no literal may name things of the reviewed module.

    This runs in the box, where the reviewed code itself has already run.
    """
    try:
        return ast.literal_eval(source)
    except (ValueError, SyntaxError):
        return eval(source, dict(names))  # noqa: S307

"""A plan: the stack of protocols and the arguments with which an optimizer is built and stepped."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch

from optreview.evidence.dynamic import snippet
from optreview.evidence.dynamic.protocols import Clues, Protocol, name_of
from optreview.records import Option, Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from torch import nn

_PASSED_BY = (
    "It has a `backward` of its own, which this loop does not call: what hangs on that was not run, and "
    "figures of a step may be of one that does less."
)


@dataclass(frozen=True)
class Plan:
    """Protocols, the first being ``plain``, constructor arguments as source text, and what is known.

    ``given_up`` has a sentence for each protocol that was tried in vain.
    """

    protocols: tuple[Protocol, ...]
    arguments: tuple[Option, ...] = ()
    clues: Clues = field(default_factory=Clues)
    given_up: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The last protocol that had to be added: what sets this optimizer apart."""
        return name_of(self.protocols[-1])

    @property
    def key(self) -> object:
        """The same for plans that do the same."""
        return frozenset((name_of(each), repr(vars(each))) for each in self.protocols), self.arguments

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
        """Whether gradients alone will not do: their graph is used, or how they come about is its own."""
        return any(type(p).backward is not Protocol.backward for p in self.protocols)

    @property
    def own_backward(self) -> bool:
        """Whether the optimizer runs the backward pass itself."""
        return any(protocol.own_backward for protocol in self.protocols)

    @property
    def needs_graph(self) -> bool:
        """Whether the step differentiates the gradients again."""
        return self.differentiates and not self.own_backward

    @property
    def shapes_gradients(self) -> bool:
        """Whether it is driven with gradients of another form than autograd's."""
        return any(type(p).shape_gradients is not Protocol.shape_gradients for p in self.protocols)

    @property
    def takes_groups(self) -> bool:
        """Whether the constructor's first argument is the parameters, so that groups can be chosen."""
        return all(type(p).arrange is Protocol.arrange for p in self.protocols)

    @property
    def arranging(self) -> tuple[str, ...]:
        """The protocols that decide what the constructor gets for the parameters."""
        found = (each for each in self.protocols if type(each).arrange is not Protocol.arrange)
        return tuple(map(name_of, found))

    def further(self, parameter: nn.Parameter) -> dict[str, object] | None:
        """A group for one more parameter, as ``add_param_group`` takes it; None where none can be told."""
        group: dict[str, object] = {"params": [parameter]}
        for protocol in self.protocols:
            keys = protocol.further(parameter)
            if keys is None:
                return None
            group |= keys
        return group

    def has(self, protocol: Protocol) -> bool:
        """Whether a protocol of that kind is in it."""
        return any(type(each) is type(protocol) for each in self.protocols)

    def extended(self, protocol: Protocol, clues: Clues) -> Plan:
        """The same plan with one more protocol, which the clues call for."""
        added = [Option(name=name, value=value) for name, value in protocol.arguments(clues).items()]
        longer = replace(self, protocols=(*self.protocols, protocol.fitted(clues)), clues=clues)
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
        for protocol in self.protocols:
            protocol.begin()
        known = {**names, "model": model}
        keywords: dict[str, Any] = {option.name: evaluate(option.value, known) for option in self.arguments}
        first: Any = list(parameters)
        for protocol in self.protocols:
            first = protocol.arrange(first, model)
        optimizer = cls(first, **keywords)
        for protocol in self.protocols:
            protocol.prepare(optimizer)
        return optimizer

    def backward(
        self,
        loss: torch.Tensor,
        parameters: Iterable[torch.Tensor],
        optimizer: torch.optim.Optimizer | None,
    ) -> None:
        """Produce the gradients in the form that the optimizer takes; it is None where none takes them."""
        if not any(protocol.backward(loss, optimizer) for protocol in self.protocols):
            loss.backward()  # type: ignore[no-untyped-call]
        self.shape_gradients(parameters)

    def shape_gradients(self, parameters: Iterable[torch.Tensor]) -> None:
        """Change dense gradients into the form that the optimizer takes."""
        for protocol in self.protocols:
            protocol.shape_gradients(parameters)

    def recipe(self, module: str, class_name: str, *, moved_at: int = 1) -> Recipe:
        """The record of this plan, with the lines that do the same by hand."""
        departures = ("setup_source", "backward_source", "gradients_source")
        changed = any(getattr(each, part) for each in self.protocols for part in departures)
        return Recipe(
            protocol=self.name,
            arguments=self.arguments,
            snippet=snippet.of(self, module, class_name, steps=moved_at),
            ordinary_loop=not self.closure and not changed,
            protocols=tuple(map(name_of, self.protocols)),
            notes=tuple(self._notes(moved_at)),
            lines=snippet.parts(self),
            under="; ".join(words for each in self.protocols if (words := each.under())),
        )

    def _notes(self, moved_at: int) -> Iterable[str]:
        yield from (note for each in self.protocols if (note := each.note()))
        yield from self.given_up
        if "backward" in self.clues.methods and not self.own_backward:
            yield _PASSED_BY
        if moved_at > 1:
            yield f"No weight moves before step {moved_at}."


def evaluate(source: str, names: Mapping[str, object]) -> object:
    """The value of an argument's source text; what is no literal may name things of the reviewed module.

    This runs in the box, where the reviewed code itself has already run.
    """
    try:
        return ast.literal_eval(source)
    except (ValueError, SyntaxError):
        return eval(source, dict(names))  # noqa: S307

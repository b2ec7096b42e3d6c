"""What a rule's state holds before the first step: what the optimizer then has leads back to it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.rule.equations.laying import beside
from optreview.evidence.dynamic.rule.language import evaluation
from optreview.notation.faults import RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from optreview.evidence.dynamic.rule.language import Rule
    from optreview.evidence.dynamic.rule.program.instructions import Situation

    Values = dict[str, torch.Tensor | float]

#: Of an entry that no line assigns, and that starts at nothing known.
UNKNOWN = "what the first step sets it to"


class Start:
    """Finds the state before the first step.

    Args:
        rule: Whose state it is.
        places: Where each name of it is kept.
        before: What the optimizer held before its first step.
        after: What it holds after it.
        env: What the rule is given beside its state.
        blocks: Functions that are not the language's own.

    Attributes:
        fixed: Names that no line assigns but that are there from the first step on.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - everything that a value may come from
        self,
        rule: Rule,
        places: Mapping[str, str],
        before: Situation,
        after: Situation,
        env: Values,
        blocks: Mapping[str, Callable[..., torch.Tensor]],
    ) -> None:
        self._rule = rule
        self._places = places
        self._before = before
        self._after = after
        self._env = env
        self._blocks = blocks
        self._parameter = before.tensors["param.0"].double()
        here = rule.names.read - env.keys()
        self.fixed = sorted(name for name in here if self._there(name, after) is not None)
        self._initial: dict[str, str] = {}

    def state(self) -> tuple[Values, tuple[tuple[str, str], ...]]:
        """The state, and what its entries start at where that is not zero."""
        state: Values = {"p": self._parameter}
        unknown = []
        for name in sorted(self._rule.names.state - {"p"}):
            found = self._there(name, self._before)
            if found is None:
                unknown.append(name)
                found = self._zero(name)
            state[name] = found
        for name in self.fixed:
            state[name] = self._recognized(name)
        # what one starts at may show only when another's is known
        for _ in range(2):
            for name in unknown:
                self._fit(name, state)
        if unknown and not self._leads(state):
            self._lead(state, unknown)
        return state, tuple(sorted(self._initial.items()))

    def _there(self, name: str, when: Situation) -> torch.Tensor | None:
        place = self._places.get(name, "")
        if place in when.tensors:
            return beside(self._parameter, when.tensors[place])
        return (
            torch.tensor(float(when.numbers[place]), dtype=torch.float64) if place in when.numbers else None
        )

    def _zero(self, name: str) -> torch.Tensor:
        real = self._there(name, self._after)
        return torch.zeros(self._parameter.shape if real is None else real.shape, dtype=torch.float64)

    def _recognized(self, name: str) -> torch.Tensor:
        """What no line changes is what it is after the first step; in words, if it is something known."""
        value = self._there(name, self._after)
        assert value is not None
        for word, each in self._candidates(value):
            if value.shape == each.shape and torch.equal(value, each):
                self._initial[name] = word
                return each
        self._initial[name] = UNKNOWN
        return value

    def _candidates(self, real: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
        """Words and values; a number as one, and in the shape that is needed."""
        numbers: dict[str, float] = {"0": 0.0, "1": 1.0}
        names = {place: name for name, place in self._places.items()}
        numbers |= {
            names[each]: float(value) for each, value in self._before.numbers.items() if each in names
        }
        for word, number in numbers.items():
            yield word, torch.full(real.shape, number, dtype=torch.float64)
            yield word, torch.tensor(number, dtype=torch.float64)
            if word == "0" and real.shape == self._parameter.shape:
                yield "p", self._parameter
                yield "g", torch.as_tensor(self._env["g"])
        if real.dim() == 2 and real.shape[0] == real.shape[1]:
            for word, number in numbers.items():
                eye = number * torch.eye(len(real), dtype=torch.float64)
                yield ("identity" if word == "1" else f"{word} * identity"), eye

    def _run(self, state: Values) -> dict[str, torch.Tensor]:
        """As many lines as can be computed."""
        values = {name: evaluation.double(value) for name, value in {**self._env, **state}.items()}
        step = evaluation.Step(values, {}, {}, self._blocks)
        with suppress(RuleError):
            evaluation.run(self._rule.lines, step)
        return step.new

    def _fit(self, name: str, state: Values) -> None:
        """The first value that leads to what is really there after the first step, else what it was."""
        place = self._places.get(name, "")
        real = self._there(name, self._after)
        if real is None:
            return
        tensor = self._after.tensors.get(place)
        rounding = 1e-5 if tensor is not None and tensor.dtype != torch.float64 else 1e-9
        kept = state[name]
        for word, value in self._candidates(real):
            state[name] = value
            found = self._run(state).get(name)
            if found is not None and _alike(found, real, rounding):
                self._say(name, word)
                return
        state[name] = kept

    def _say(self, name: str, word: str) -> None:
        self._initial.pop(name, None)
        if word != "0":
            self._initial[name] = word

    def _lead(self, state: Values, unknown: list[str]) -> None:
        """Change one entry so that the first step ends where the optimizer is."""
        for name in unknown:
            kept = state[name]
            real = self._there(name, self._after)
            for word, value in self._candidates(self._parameter if real is None else real):
                state[name] = value
                if self._leads(state):
                    self._say(name, word)
                    return
            state[name] = kept

    def _leads(self, state: Values) -> bool:
        found = self._run(state).get("p")
        here = self._after.tensors["param.0"].double()
        return found is not None and torch.allclose(found, here, rtol=1e-7, atol=0)


def _alike(found: torch.Tensor, real: torch.Tensor, rounding: float) -> bool:
    if found.numel() == 1 and real.numel() > 1:
        found = found.expand(real.shape)
    return found.numel() == real.numel() and torch.allclose(
        found.flatten(), real.flatten(), rtol=rounding, atol=1e-30
    )

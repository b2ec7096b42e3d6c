"""Statements: the flow of a function, with joins at branches and a second turn for loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.flow import Flow
from optreview.evidence.static.interpreter.inlining import Called, by_convention, flattened
from optreview.evidence.static.interpreter.machine import BudgetExhaustedError, Scope
from optreview.evidence.static.interpreter.provenance import is_weight_decay
from optreview.evidence.static.interpreter.values import SELF, Value, only
from optreview.evidence.static.sentences import several
from optreview.evidence.static.source.classes import decorated, methods

if TYPE_CHECKING:
    import libcst as cst

    from optreview.evidence.static.interpreter.inlining import Remembered
    from optreview.evidence.static.interpreter.machine import Log
    from optreview.evidence.static.source.classes import Lineage, Method
    from optreview.evidence.static.source.index import Index
    from optreview.evidence.static.source.modules import Module

#: Rounds over all entries until the stores no longer change.
_ROUNDS = 4


class Interpreter(Flow):
    """Interprets the methods of one optimizer class."""

    def __init__(self, index: Index, lineage: Lineage) -> None:
        super().__init__(index, lineage)
        self.memo = {}
        self.log: Log = {}
        self.step_reached: dict[cst.CSTNode, tuple[Module, str]] = {}

    def run(self, hyperparameters: dict[str, Value]) -> None:
        """Interpret constructor, step and the class's own methods until nothing new is learnt."""
        self.decays = frozenset(name for name in hyperparameters if is_weight_decay(name))
        try:
            for _ in range(_ROUNDS):
                self.log, self.reached, self.accesses = {}, {}, {}
                self.events = self.log
                self._round(hyperparameters)
                if all(self.watch.current(call.reads) for call in self._entered()):
                    break
        except BudgetExhaustedError:
            self.limit("The source is too large to be followed to its end; what is listed is what was seen.")
        except RecursionError:
            self.limit(
                "The source is nested too deeply to be followed to its end; what is listed is what was seen."
            )
        self.guards, self.stack = [], []
        self.events = flattened(self.log)
        if self.unfollowed:
            calls = "calls" if len(self.unfollowed) > 1 else "call"
            were = "were" if len(self.unfollowed) > 1 else "was"
            names = several(self.unfollowed)
            sentence = f"The recursive or very deep {calls} of {names} {were} not followed."
            self.limits[sentence] = any(self.unfollowed.values())

    def _entered(self) -> list[Remembered]:
        return [entry.call for entry in self.log.values() if isinstance(entry, Called)]

    def _round(self, hyperparameters: dict[str, Value]) -> None:
        constructor = self.lineage.method("__init__")
        if constructor is not None:
            self._enter(constructor, hyperparameters)
        self.reached = {}
        step = self.lineage.method("step")
        if step is not None:
            self._enter(step, {"closure": by_convention("closure")})
        self.step_reached = dict(self.reached)
        for owner in self.lineage.read:
            if owner.module is not self.module:
                continue
            for name, node in methods(owner.node).items():
                method = self.lineage.method(name)
                if (
                    method is not None
                    and method.node is node
                    and node not in self.reached
                    and name not in _SKIPPED
                ):
                    self._enter(method, {})

    def _enter(self, method: Method, given: dict[str, Value]) -> None:
        self.entry = method.node.name.value
        self.guards, self.stack, self.grad = [], [], True
        receiver = None if decorated(method.node, "staticmethod") else only(SELF)
        function = self.function(method.owner.module, method.node, method.owner, receiver)
        keywords = {name: value for name, value in given.items() if _takes(method.node, name)}
        scope = Scope(method.owner.module, method.owner, {})
        self.inline(function, [], keywords, method.node, scope)


_SKIPPED = frozenset(
    {"__init__", "__repr__", "__str__", "__setstate__", "__getstate__", "load_state_dict", "state_dict"}
)


def _takes(node: cst.FunctionDef, name: str) -> bool:
    parameters = node.params
    return any(
        entry.name.value == name
        for entry in (*parameters.params, *parameters.posonly_params, *parameters.kwonly_params)
    )

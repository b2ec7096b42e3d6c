"""Hyperparameters without effect."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from optreview.evidence.static.facts import validations
from optreview.evidence.static.interpreter.values import origins
from optreview.evidence.static.rule import Flawed, Hit, Rule
from optreview.evidence.static.source import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading

#: Group keys that PyTorch itself reads: its decorators, its graph checks, its loading of state.
_READ_BY_TORCH = frozenset({"capturable", "differentiable", "foreach", "fused"})


_UNUSED = re.compile(
    r"\b(not?|un|ig|de)[ -]?(used|needed|nored|precated|effect|implemented|supported)|compatib", re.IGNORECASE
)


class DeadHyperparameter(Rule):
    """The constructor takes a hyperparameter that nothing reads.

    Whoever sets it, or searches over it, changes nothing: it is stored, perhaps checked, and never used.

    It is fine for an argument kept for old callers; where the docstring says that it is not used, it is not
    reported.
    """

    severity = "warning"
    effort = "small"
    remedy = "Use it, or remove it; reject other values than the default if old callers pass it."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(
        self,
        params,
        lr=1e-3,
        momentum=0.9,
        clip=1.0,
        unused=None,
    ):
        if momentum < 0.0:
            raise ValueError(momentum)
        self.clip = clip
        super().__init__(params, dict(lr=lr, momentum=momentum))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])
""",
            (8, 9, 10),
        ),
    )
    clean = (
        """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, momentum=0.9, clip=1.0, nesterov=False, fused=None):
        if nesterov:
            self.flavour = "nesterov"
        self.clip = clip
        super().__init__(params, dict(lr=lr, momentum=momentum, fused=fused))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad.clamp(max=self.clip), alpha=-group["lr"] * group["momentum"])
""",
        """\
import torch

def update(p, lr, momentum):
    p.add_(p.grad, alpha=-lr * momentum)

class Unpacked(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, momentum=0.9):
        super().__init__(params, dict(lr=lr, momentum=momentum))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            options = {key: value for key, value in group.items() if key != "params"}
            for p in group["params"]:
                update(p, **options)
""",
        """\
import torch

class Base(torch.optim.Optimizer):
    def scaled(self, group):
        return group["scale"] * getattr(self, "warmth", 1.0)

class Inherited(Base):
    def __init__(self, params, others, lr=1e-3, scale=1.0, other_scale=2.0, warmth=2.0):
        super().__init__(params, dict(lr=lr, scale=scale))
        self.add_param_group(dict(params=others, scale=other_scale))
        self.warmth = warmth

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"] * self.scaled(group))
""",
        '''\
import torch

class Compatible(torch.optim.Optimizer):
    """Steps.

    Args:
        params: parameters to optimize
        lr: learning rate
        clip: not used, kept for older callers
    """

    def __init__(self, params, lr=1e-3, clip=1.0):
        super().__init__(params, dict(lr=lr, clip=clip))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])
''',
        """\
import torch
from elsewhere import Mystery

class Unread(Mystery):
    def __init__(self, params, lr=1e-3, scale=1.0):
        super().__init__(params, lr=lr, scale=scale)
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each parameter that is stored at most, under a name that nothing looks up."""
        looked_up = reading.names("group") | reading.names("attribute") | _READ_BY_TORCH
        idle = [
            (entry, names)
            for entry in reading.signature.parameters
            if not (names := _names_of(entry.name, reading)) & looked_up
        ]
        constructor = reading.signature.constructor
        if not idle or constructor is None or reading.limits:
            return
        node = syntax.method_of(constructor.owner, "__init__")
        if node is None:
            return
        used, keys = _used(node), _keys(node)
        idle = [
            (entry, names | keys.get(entry.name, set()))
            for entry, names in idle
            if entry.name not in used and not keys.get(entry.name, set()) & looked_up
        ]
        words, checked = _words(reading) if idle else None, validations(reading) if idle else {}
        for entry, names in idle if words is not None else ():
            documented = reading.documentation.parameters.get(entry.name)
            excused = documented is not None and _UNUSED.search(documented.description or "")
            if not excused and not names & (words or set()):
                read = "Nothing but a check of the constructor" if entry.name in checked else "Nothing"
                message = f"{read} reads `{entry.name}`, so setting it changes nothing."
                yield Hit(entry.location, message, "likely")


def _names_of(name: str, reading: Reading) -> set[str]:
    """Group keys and attributes under which the constructor stores a parameter."""
    stored = {key for key, value in reading.groups.items() if name in origins(value)[0]}
    kept = {
        event.name for event in reading.of("attribute", entry="__init__") if name in origins(event.value)[0]
    }
    return {name} | stored | kept


def _used(node: ast.FunctionDef) -> set[str]:
    """Parameters that the constructor does more with than to store or to check them."""
    harmless = {id(leaf) for entry in _harmless(node) for leaf in syntax.walk(entry)}
    return {
        leaf.id
        for statement in node.body
        for leaf in syntax.walk(statement)
        if isinstance(leaf, ast.Name) and id(leaf) not in harmless
    }


def _keys(node: ast.FunctionDef) -> dict[str, set[str]]:
    """The keys under which the constructor puts a parameter into a dictionary, such as a group of its own."""
    found: dict[str, set[str]] = {}
    for entry in syntax.walk(node):
        if isinstance(entry, ast.Dict):
            pairs = [
                (getattr(key, "value", None), value)
                for key, value in zip(entry.keys, entry.values, strict=True)
            ]
        elif isinstance(entry, ast.Call) and syntax.dotted(entry.func) == "dict":
            pairs = [(word.arg, word.value) for word in entry.keywords]
        else:
            continue
        for key, value in pairs:
            if isinstance(value, ast.Name) and isinstance(key, str):
                found.setdefault(value.id, set()).add(key)
    return found


def _harmless(node: ast.FunctionDef) -> Iterator[ast.AST]:
    """Parts of the constructor that store or check a value."""
    for entry in syntax.walk(node):
        if isinstance(entry, ast.Dict):
            yield from (value for value in entry.values if isinstance(value, ast.Name))
        elif isinstance(entry, ast.Call) and syntax.dotted(entry.func) == "dict":
            yield from (word.value for word in entry.keywords if isinstance(word.value, ast.Name))
        elif isinstance(entry, ast.Assign | ast.AnnAssign) and isinstance(entry.value, ast.Name):
            targets = entry.targets if isinstance(entry, ast.Assign) else [entry.target]
            if all(isinstance(target, ast.Attribute) for target in targets):
                yield entry.value
        elif isinstance(entry, ast.If) and all(isinstance(inner, ast.Raise) for inner in entry.body):
            yield entry.test
            yield from entry.body
        elif isinstance(entry, ast.Assert):
            yield entry
        elif isinstance(entry, ast.Expr) and isinstance(entry.value, ast.Call) and _checks(entry.value):
            yield entry.value


def _checks(call: ast.Call) -> bool:
    name = syntax.dotted(call.func).rpartition(".")[2]
    return name.startswith(("validate", "check", "_validate", "_check"))


def _words(reading: Reading) -> set[str] | None:
    """Every name by which something may be looked up; None when it may be any."""
    found: set[str] = set()
    own = reading.lineage.subject.module
    for module, body in syntax.bodies(reading):
        if isinstance(body, ast.ClassDef) and module is not own:
            continue  # of a base elsewhere, only what runs counts
        skipped = {id(leaf) for entry in _stores(body) for leaf in syntax.walk(entry)}
        for node in syntax.walk(body):
            if id(node) in skipped:
                continue
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                found.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            if _any_name(node):
                return None
    return found


def _stores(body: ast.AST) -> Iterator[ast.AST]:
    """Where names are only written: keys of dictionaries, filled-in defaults, documentation, messages."""
    for node in syntax.walk(body):
        if isinstance(node, ast.Dict):
            yield from (key for key in node.keys if isinstance(key, ast.Constant))
        elif isinstance(node, ast.Call) and syntax.dotted(node.func).endswith(".setdefault") and node.args:
            yield node.args[0]
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            yield node.slice
        elif isinstance(node, ast.Raise):
            yield node
        elif isinstance(node, ast.Call) and _checks(node):
            yield from node.args


def _any_name(node: ast.AST) -> bool:
    """Whether names are looked up that only the run knows: all of a group, all of ``self``."""
    if isinstance(node, ast.Call):
        name = syntax.dotted(node.func)
        tail = name.rpartition(".")[2]
        if tail in {"items", "values"}:
            return name.split(".")[-2:-1] in (["group"], ["param_group"], ["defaults"], ["__dict__"])
        if name == "getattr" and len(node.args) > 1:
            return not isinstance(node.args[1], ast.Constant)
        if name in {"vars", "locals"}:
            return True
        return any(word.arg is None and "group" in syntax.dotted(word.value) for word in node.keywords)
    return False

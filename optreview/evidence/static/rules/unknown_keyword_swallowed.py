"""Misspelt options go unnoticed."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from optreview.evidence.static.rule import Flawed, Hit, Rule
from optreview.evidence.static.source import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading
    from optreview.evidence.static.source.classes import Method

_NAMED_READS = {"get", "pop", "setdefault"}


class UnknownKeywordSwallowed(Rule):
    """The constructor accepts any keyword and ignores those it does not know.

    A misspelt option, or one that another version of the optimizer has, is silently dropped: the run uses
    the default and says nothing.

    It is fine where interchangeable optimizers are built from one configuration.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Drop `**kwargs`, or raise a `TypeError` for names that are left over."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, **kwargs):
        super().__init__(params, dict(lr=lr))
        self.verbose = kwargs.get("verbose", False)
""",
            (4,),
        ),
        Flawed(
            """\
import torch

class Base(torch.optim.Optimizer):
    def __init__(self, params, defaults, maximize=False, **kwargs):
        super().__init__(params, defaults)
        self.maximize = maximize

class Derived(Base):
    def __init__(self, params, lr=1e-3, **kwargs):
        super().__init__(params, dict(lr=lr), **kwargs)
""",
            (9,),
        ),
        Flawed(
            """\
import torch

class Spread(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, **kwargs):
        defaults = {"lr": lr, **kwargs}
        super().__init__(params, defaults)
""",
            (4,),
        ),
    )
    clean = (
        """\
import torch

class Checked(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, **kwargs):
        self.verbose = kwargs.pop("verbose", False)
        if kwargs:
            raise TypeError(f"unknown options: {sorted(kwargs)}")
        super().__init__(params, dict(lr=lr))
""",
        """\
import torch

class Passed(torch.optim.Adam):
    def __init__(self, params, lr=1e-3, **kwargs):
        super().__init__(params, lr=lr, **kwargs)
""",
        """\
import torch

class Wrapper(torch.optim.Optimizer):
    def __init__(self, params, inner, **kwargs):
        self.inner = inner(params, **kwargs)
        super().__init__(params, {})
""",
        """\
import torch

class Base(torch.optim.Optimizer):
    def __init__(self, params, defaults):
        super().__init__(params, defaults)

class Derived(Base):
    def __init__(self, params, lr=1e-3, **kwargs):
        super().__init__(params, dict(lr=lr), **kwargs)
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit at the constructor when whatever ``**kwargs`` holds ends up nowhere."""
        constructor = reading.signature.constructor
        if constructor is None or not _swallows(constructor, reading):
            return
        extra = constructor.node.params.star_kwarg
        if extra is not None:
            place = constructor.owner.module.location(extra.name)
            yield Hit(place, f"Keywords in `**{extra.name.value}` that nothing knows are ignored.")


def _swallows(method: Method, reading: Reading, hops: int = 8) -> bool:
    """Whether a constructor drops unknown keywords, here or in the bases it hands them to."""
    if method.node.params.star_kwarg is None:
        return False  # no syntax tree is made to learn what the signature says
    node = syntax.method_of(method.owner, "__init__")
    if node is None or node.args.kwarg is None or hops == 0:
        return False
    name = node.args.kwarg.arg
    known: set[int] = set()
    for call in syntax.walk(node):
        if not isinstance(call, ast.Call):
            continue
        if _named_read(call, name):
            known |= {id(leaf) for leaf in syntax.walk(call.func)}
        elif syntax.dotted(call.func) == "dict":
            known |= {id(word.value) for word in call.keywords if word.arg is None}
        elif any(word.arg is None and _is(word.value, name) for word in call.keywords):
            base = _base(call, method, reading)
            if base is None or not _swallows(base, reading, hops - 1):
                return False
            known |= {id(word.value) for word in call.keywords if word.arg is None}
    # Whatever is spread into a dictionary of defaults becomes a key of every group that nothing reads.
    known |= {
        id(value)
        for display in syntax.walk(node)
        if isinstance(display, ast.Dict)
        for key, value in zip(display.keys, display.values, strict=True)
        if key is None
    }
    return all(id(leaf) in known for leaf in syntax.walk(node) if _is(leaf, name) and not _asked(leaf, node))


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _named_read(call: ast.Call, name: str) -> bool:
    """``kwargs.get("x")``: a read of one name."""
    return (
        isinstance(call.func, ast.Attribute) and call.func.attr in _NAMED_READS and _is(call.func.value, name)
    )


def _asked(leaf: ast.AST, node: ast.FunctionDef) -> bool:
    """``"x" in kwargs`` and ``kwargs["x"]`` also read one name."""
    for entry in syntax.walk(node):
        if isinstance(entry, ast.Compare) and leaf in entry.comparators:
            return isinstance(entry.left, ast.Constant)
        if isinstance(entry, ast.Subscript) and entry.value is leaf:
            return isinstance(entry.slice, ast.Constant)
    return False


def _base(call: ast.Call, method: Method, reading: Reading) -> Method | None:
    """The constructor of the package that ``super().__init__`` means."""
    function = call.func
    if (
        isinstance(function, ast.Attribute)
        and function.attr == "__init__"
        and isinstance(function.value, ast.Call)
        and _is(function.value.func, "super")
    ):
        return reading.lineage.method("__init__", after=method.owner)
    return None

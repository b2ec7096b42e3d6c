"""What the interpreter does not see is said, and nothing is concluded from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optreview.errors import InputError
from optreview.evidence.static import discover, read
from optreview.targets import resolve

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.records import StaticEvidence

BODY = """
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])
"""
PLAIN = f"class Plain(torch.optim.Optimizer):{BODY}"
WRAPPER = """
import functools
def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper
"""
REGISTER = """
KNOWN = {}
def register(name):
    def inner(cls):
        KNOWN[name] = cls
        return cls
    return inner
def noted(cls):
    KNOWN[cls.__name__] = cls
    return cls
"""
CHANGER = "def changed(cls):\n    cls.step = print\n    return cls\n"

# ruff: noqa: E501 - source stands on one line where it can

#: Source of a file with a class ``Plain``, and the sentence that must be said of it.
SAID = {
    "a wrapper around step": (
        WRAPPER + PLAIN.replace("@torch.no_grad()", "@torch.no_grad()\n    @timed"),
        "What the decorator `@timed` does around `step` was not followed.",
    ),
    "a decorator from elsewhere": (
        "from somewhere import logged\n" + PLAIN.replace("@torch.no_grad()", "@logged(level=1)"),
        "What the decorator `@logged(level=1)` does around `step` was not followed.",
    ),
    "a wrapper around the constructor": (
        WRAPPER + PLAIN + "    @timed\n    def __init__(self, params, lr):\n"
        "        super().__init__(params, dict(lr=lr))\n",
        "What the decorator `@timed` does around `__init__` was not followed.",
    ),
    "a wrapper around a helper": (
        WRAPPER + "@timed\ndef helper(p): p.grad.zero_()\n" + PLAIN + "                helper(p)\n",
        "What the decorator `@timed` does around `helper` was not followed.",
    ),
    "a class decorator that changes": (
        CHANGER + "@changed\n" + PLAIN,
        "What the decorator `@changed` makes of the class `Plain` was not followed.",
    ),
    "a class decorator from elsewhere": (
        "import registry\n@registry.add('plain')\n" + PLAIN,
        "What the decorator `@registry.add('plain')` makes of the class `Plain` was not followed.",
    ),
    "a metaclass": (
        "class Meta(type): pass\n" + PLAIN.replace("Optimizer)", "Optimizer, metaclass=Meta)"),
        "What the metaclass `Meta` makes of `Plain` was not followed.",
    ),
    "a base with __init_subclass__": (
        "class Mixin:\n    def __init_subclass__(cls):\n        cls.step = print\n"
        + PLAIN.replace("(torch", "(Mixin, torch"),
        "What `__init_subclass__` of `Mixin` does to its subclasses was not followed.",
    ),
    "a step assigned outside": (
        PLAIN + "def faster(self): pass\nPlain.step = faster\n",
        "`Plain.step` is assigned outside the class, in line 9, and was not followed.",
    ),
    "setattr on the class": (
        PLAIN + "setattr(Plain, 'step', print)\n",
        "`Plain.step` is assigned outside the class, in line 8, and was not followed.",
    ),
    "setattr with a computed name": (
        PLAIN + "for name in ['step']:\n    setattr(Plain, name, print)\n",
        "An attribute of `Plain` is assigned outside the class, in line 9, and was not followed.",
    ),
    "exec in the class body": (
        PLAIN + "    exec('def step(self): pass')\n",
        "What `exec` runs in line 8 of odd.py was not followed.",
    ),
    "exec in step": (
        PLAIN + "        exec(closure)\n",
        "What `exec` runs was not followed.",
    ),
    "eval in a helper": (
        "def helper(text): return eval(text)\n" + PLAIN + "        helper('1')\n",
        "What `eval` runs was not followed.",
    ),
    "a step that is made": (
        "def make(): return lambda self: None\n"
        "class Plain(torch.optim.Optimizer):\n    step = torch.no_grad()(make())\n",
        "`Plain` assigns `step` instead of defining it; what it is was not followed.",
    ),
    "__getattribute__": (
        PLAIN + "    def __getattribute__(self, name): return print\n",
        "`Plain` defines `__getattribute__`; what that does to attributes was not followed.",
    ),
    "a star import": (
        "from helpers import *\n" + PLAIN + "                fancy(p)\n                other(p)\n",
        "`from helpers import *` was not read, and `fancy` and `other` may come from it.",
    ),
    "a class on two branches": (
        f"if torch.cuda.is_available():\n    class Plain(torch.optim.SGD): pass\nelse:\n    {PLAIN}".replace(
            "\n\n    @", "\n        @"
        ).replace(BODY[1:], "")
        + "\n        def step(self, closure=None): pass\n",
        "`Plain` is defined on several branches; the definition in line 5 was read.",
    ),
    "a method on two branches": (
        "class Plain(torch.optim.Optimizer):\n    if torch.cuda.is_available():\n"
        "        def step(self): pass\n    else:\n        def step(self, closure): closure()\n",
        "`Plain.step` is defined on several branches; the definition in line 6 was read.",
    ),
    "a made base": (
        "def make(): return object\n" + PLAIN.replace("(torch", "(make(), torch"),
        "The base class `make()` of `Plain` is made when the program runs and was not read.",
    ),
    "unpacked bases": (
        "BASES = (object,)\n" + PLAIN.replace("Optimizer)", "Optimizer, *BASES)"),
        "The base class `*BASES` of `Plain` is made when the program runs and was not read.",
    ),
    "a generator": (PLAIN + "        yield 1\n", "`step` is a generator: it is read as though it ran to its end."),
    "a coroutine": (
        PLAIN.replace("def step", "async def step"),
        "`step` is a coroutine: it is read as though it ran to its end.",
    ),
    "a base that was not read": (
        "class Plain(torch.optim.SGD):\n    def step(self, closure=None):\n        return super().step(closure)\n",
        "The base class `SGD` from `torch.optim` was not read.",
    ),
    "a base from a star import": (
        "from helpers import *\n" + PLAIN.replace("(torch", "(Mixin, torch"),
        "The base class `Mixin` was not read.",
    ),
}  # fmt: skip

#: Source of a file with a class ``Plain`` of which nothing is hidden.
SILENT = {
    "nothing odd": PLAIN,
    "decorators of Python and torch": (
        "import dataclasses, functools, typing\nfrom typing_extensions import override\n"
        "@typing.final\n@dataclasses.dataclass(eq=False)\n"
        + PLAIN.replace("@torch.no_grad()", "@torch.no_grad()\n    @override\n    @torch._disable_dynamo")
        + "        self.a\n        self.helper()\n"
        "    @functools.cached_property\n    def a(self): return 1\n"
        "    @staticmethod\n    @functools.lru_cache(None)\n    def helper(): return 1\n"
        "    @property\n    def b(self): return 1\n    @b.setter\n    def b(self, value): pass\n"
    ),
    "a decorator that registers": REGISTER + "@register('plain')\n@noted\n" + PLAIN,
    "an abstract metaclass": "import abc\n" + PLAIN.replace("Optimizer)", "Optimizer, metaclass=abc.ABCMeta)"),
    "a documented class": PLAIN + "Plain.__doc__ = 'text'\nPlain.__module__ = 'odd'\n",
    "attributes of other classes": PLAIN + "class Other: pass\nOther.step = print\nsetattr(Other, 'a', 1)\n",
    "a redefinition": "class Plain(torch.optim.Optimizer):\n    def step(self): exec('1')\n" + PLAIN,
    "a replaced branch": "if torch.cuda:\n    class Plain: pass\nelse:\n    class Plain: pass\n" + PLAIN,
    "generators in helpers": PLAIN + "        list(self.pairs())\n    def pairs(self): yield 1\n",
    "a generic base": "from typing import Generic, TypeVar\nT = TypeVar('T')\n"
    + PLAIN.replace("Optimizer)", "Optimizer, Generic[T])"),
    "a star import of torch": "from torch.optim import *\n" + PLAIN.replace("torch.optim.O", "O"),
    "exec elsewhere": PLAIN + "def other(): exec('1')\n",
    "a step under another name": (
        "class Plain(torch.optim.Optimizer):\n    def _step(self, closure=None):\n"
        "        for group in self.param_groups:\n            for p in group['params']:\n"
        "                p.add_(p.grad, alpha=-group['lr'])\n    step = _step\n"
    ),
}  # fmt: skip


def read_plain(source: str, folder: Path) -> StaticEvidence:
    path = folder / "odd.py"
    path.write_text("import torch\n" + source, encoding="utf-8")
    (found,) = discover(resolve(f"{path}:Plain")).found
    return read(found)


@pytest.mark.parametrize("name", SAID)
def test_it_is_said_and_nothing_is_concluded(name: str, tmp_path: Path) -> None:
    source, sentence = SAID[name]
    found = read_plain(source, tmp_path)
    assert sentence in found.limits
    assert not found.complete
    by_id = {each.id: each for each in found.measurements}
    for undecided in ("foreach_path", "fused_path", "sparse_handling"):
        assert (by_id[undecided].value, by_id[undecided].presence) == (None, "not-measured")
    assert found.sparse.handling == "not decided"
    assert found.workings is not None
    assert found.workings.complex_numbers.handling == "not decided"
    assert found.workings.weight_decay.coupling == "not decided"
    assert found.workings.bias_correction.present == "not decided"
    assert found.workings.gradient_mutation.answer in {"not decided", "yes"}
    assert not {"no_foreach_path", "sparse_unguarded", "dead_hyperparameter"} & {
        f.rule for f in found.findings
    }


@pytest.mark.parametrize("name", SILENT)
def test_where_nothing_is_hidden_nothing_is_said(name: str, tmp_path: Path) -> None:
    found = read_plain(SILENT[name], tmp_path)
    assert found.limits == ()
    assert {each.id: each for each in found.measurements}["foreach_path"].value is False
    assert found.in_place_sites


def test_a_bound_function_is_followed(tmp_path: Path) -> None:
    source = (
        "import types\ndef update(self, p): self.state[p]['seen'] = 1\n"
        + PLAIN
        + "                self.update(p)\n"
        "    def __init__(self, params):\n        super().__init__(params, {})\n"
        "        self.update = types.MethodType(update, self)\n"
    )
    assert [each.key for each in read_plain(source, tmp_path).state_buffers] == ["seen"]


def test_a_class_whose_base_is_made_is_skipped_with_the_reason(tmp_path: Path) -> None:
    source = "def make(): return object\n" + PLAIN.replace("torch.optim.Optimizer", "make()")
    with pytest.raises(InputError, match=r"its base `make\(\)` is made when the program runs"):
        read_plain(source, tmp_path)


def test_the_optimizers_of_torch_hide_nothing() -> None:
    limits = {each.target.class_name: read(each).limits for each in discover(resolve("torch.optim")).found}
    assert len(limits) > 12
    assert not {name: said for name, said in limits.items() if said}

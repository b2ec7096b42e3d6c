"""Any Python file, in the words of optimizers: a grammar that a tape of bytes chooses from.

The sources mean nothing, and every one of them is valid Python. A shorter tape, or one of smaller
numbers, gives a shorter source, so that a failing example shrinks.
"""
# ruff: noqa: E501 - a template stands on one line

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Alternatives by what they stand for, the shortest first. ``<x>`` is chosen in its turn; ``block`` is indented.
GRAMMAR: dict[str, tuple[str, ...]] = {
    "file": ("import torch\n<head>\n<class>", "import torch\n<head>\n<head>\n<class>\n<head>\n<class>"),
    "head": (
        "",
        "from torch.optim import Optimizer, Adam as Base",
        "from torch.optim.optimizer import *",
        "from . import <name>\nfrom .other import *",
        "import numpy as np, os.path as p",
        "<name> = <expr>",
        "<function>",
        "<async>",
        "class Mixin(<base>):\n<members>",
        "if <expr>:\n    <name> = <expr>\nelse:\n    from math import sqrt as <name>",
        "try:\n    import missing\nexcept ImportError:\n    missing = <expr>",
        "Plain.step = <expr>",
        "__all__ = ['Plain', *<expr>]",
        "<name>: <expr> = <expr>",
        "for <target> in <expr>:\n<block>",
    ),
    "class": (
        "class Plain(torch.optim.Optimizer):\n<members>",
        "@<expr>\nclass Plain(Mixin, torch.optim.Optimizer, metaclass=<expr>):\n<members>",
        "class Plain(torch.optim.Adam, <base>, *<expr>, **<expr>):\n<members>",
        "class Plain(Plain, torch.optim.Optimizer):\n<members>\nclass Plain(Plain):\n<members>",
        "if <expr>:\n    class Plain(torch.optim.SGD): pass\nelse:\n    class Plain(torch.optim.Optimizer): pass",
        "def make(<parameters>):\n    class Plain(torch.optim.Optimizer):\n        x = <expr>\n    return Plain",
    ),
    "base": ("object", "Optimizer", "Base", "<name>", "torch.optim.<name>", "<expr>", "Generic[<expr>]"),
    "members": (
        "    <init>\n    <step>",
        "    <init>\n    <step>\n    <member>\n    <member>",
        "    <member>",
    ),
    "init": (
        "def __init__(self, params, lr=<expr>): super().__init__(params, dict(lr=lr))",
        "def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), *, foreach=None):\n<constructing>",
        "def __init__(self, *args, **kwargs):\n<constructing>",
        "def __init__<parameters_>:\n<constructing>",
    ),
    "constructing": (
        "    super().__init__(params, {'lr': <expr>, <pairs>})",
        "<block>\n    super().__init__(params, dict(lr=lr, **<expr>))\n<block>",
        "    if not 0.0 <= lr < <expr>:\n        raise ValueError(f'bad {lr!r:>{p}} {p=}')\n<block>",
        "    torch.optim.Optimizer.__init__(self, params, <expr>)\n    self.<attr> = <expr>\n<block>",
    ),
    "step": (
        "@torch.no_grad()\ndef step(self, closure=None):\n    <loops>\n    return <expr>",
        "@torch.no_grad()\ndef step(self, closure=None):\n<block>\n    <loops>\n<block>",
        "@<expr>\ndef step<parameters_>:\n<block>\n    <loops>",
        "async def step(self, closure=None):\n<asynchronous>",
        "step = <expr>",
        "step = torch.no_grad()(lambda self<rest>: <expr>)",
    ),
    "loops": (
        "for group in self.param_groups:\n    for p in group['params']:\n<updating>",
        "for p in (q for g in self.param_groups for q in g['params'] if <expr>):\n<updating>",
        "for i, group in enumerate(self.param_groups):\n<block>\n    for p, g in zip(<expr>, <expr>):\n<updating>",
        "while <expr>:\n<block>\nelse:\n<block>",
    ),
    "updating": (
        "        if p.grad is None: continue\n        state = self.state[p]\n<inner>",
        "        state, grad = self.state[p], p.grad\n        if len(state) == 0:\n    <inner>\n<inner>",
    ),
    "inner": ("        <stmt>", "        <stmt>\n        <stmt>\n        <stmt>"),
    "member": (
        "<function>",
        "<async>",
        "<stmt>",
        "@staticmethod\n<function>",
        "@classmethod\n<function>",
        "@property\ndef <attr>(self): return <expr>",
        "@<name>.setter\ndef <attr>(self, value, /): <simple>",
        "class Inner(<base>):\n<members>",
        "def __getattr__(self, name): return <expr>",
        "def __setstate__(self, state):\n<block>",
        "__slots__ = <expr>",
    ),
    "function": (
        "def <attr><parameters_>:\n<block>",
        "def <attr><parameters_> -> <expr>:\n    '''A docstring. <attr>\n\n    Args:\n        lr: what'''\n<block>",
        "@<expr>\n@<name>.<attr>\ndef <attr><parameters_>:\n<block>",
        "def <attr>(self): yield <expr>; x = yield; y = yield from <expr>",
    ),
    "async": ("async def <attr><parameters_>:\n<asynchronous>",),
    "asynchronous": (
        "    await <expr>",
        "    async for <target> in <expr>:\n    <block>\n<block>",
        "    async with <expr> as <target>, <expr>:\n    <block>",
        "    return [await x async for x in <expr>]",
    ),
    "parameters_": ("(self)", "(<parameters>)"),
    "parameters": (
        "self<rest>",
        "p, /, grad, *, lr=<expr>",
        "self, params: <expr>, lr=<expr>, *args, eps: float = <expr>, **kwargs",
        "",
        "*_, **__",
    ),
    "lambda": ("self", "p, /, grad, *, lr=<expr>", "", "*_, **__", "x, *args, eps=<expr>"),
    "rest": ("", ", p", ", *args", ", closure=<expr>", ", **kwargs"),
    "block": ("    pass", "    <stmt>", "    <stmt>\n    <stmt>", "    <stmt>\n    <stmt>\n    <stmt>"),
    "stmt": (
        "<simple>",
        "<simple>; <simple>",
        "<update>",
        "<update>",
        "<update>",
        "if <expr>:\n<block>",
        "if <expr>: <simple>\nelif <expr>:\n<block>\nelse:\n<block>",
        "for <target> in <expr>:\n<block>\nelse:\n<block>",
        "while (<name> := <expr>):\n    break\n<block>",
        "with torch.enable_grad(), <expr> as <target>:\n<block>",
        "try:\n<block>\nexcept (<expr>, ValueError) as <name>:\n<block>\nelse:\n<block>\nfinally:\n<block>",
        "try:\n<block>\nexcept* <expr>:\n<block>",
        "try:\n<block>\nfinally: <simple>",
        "match <expr>:\n    case <pattern> if <expr>:\n    <block>\n    case <pattern>: <simple>\n    case _:\n    <block>",
        "<function>",
        "class <attr>(<base>):\n    <member>",
    ),
    "simple": (
        "pass",
        "<expr>",
        "<target> = <expr>",
        "<target> = <target> = <expr>",
        "<place> <aug> <expr>",
        "return <expr>",
        "del <place>, <name>",
        "assert <expr>, <expr>",
        "raise <expr> from <expr>",
        "global <global>",
        "import torch.nn.functional as <name>",
        "from torch import <name>, _foreach_add_ as <name>",
        "<place>: <expr> = <expr>",
        "exec(<string>, <expr>)",
        "setattr(self, <string>, <expr>)",
        "<name>.<attr> = <expr>",
        "yield <expr>",
    ),
    "update": (
        "p.add_(grad, alpha=<expr>)",
        "state['step'] += <expr>",
        "state[<string>] = torch.zeros_like(p<keywords>)",
        "state[<expr>].<inplace>(<expr>, <expr><keywords>)",
        "p.data.<inplace>(<expr>)",
        "<name>, <name> = state[<string>], group[<string>]",
        "beta1, beta2 = group['betas']",
        "torch._foreach_<inplace>(<expr>, <expr><keywords>)",
        "torch.<inplace>(<expr>, <expr>, out=<name>)",
        "loss = closure() if closure is not None else <expr>",
        "denom = (state[<string>].sqrt() / <expr>).add_(group['eps'])",
        "self.state[p][<string>] = <expr>",
        "self.<attr> = <expr>",
        "self.<attr>(<arguments>)",
        "group[<string>] = max(group[<string>], <expr>)",
        "p.grad.<inplace>(<expr>) if p.grad.is_sparse else <expr>",
        "params.append(p); grads.extend(<expr>)",
        "self.state[p].setdefault(<string>, <expr>).<inplace>(<expr>)",
        "self.state[p].update(<expr>, q=<expr>)",
    ),
    "inplace": ("add_", "mul_", "addcdiv_", "addcmul_", "lerp_", "copy_", "zero_", "sub", "maximum", "foo_"),
    "name": ("p", "x", "grad", "state", "group", "self", "closure", "params", "beta1", "torch", "lr", "é"),
    "global": ("G", "H"),
    "attr": ("a", "step", "grad", "data", "state", "param_groups", "defaults", "_init_group", "T", "b"),
    "string": ("'step'", "'exp_avg'", "'lr'", "'params'", "f'm_{p}'", "r'd' 'b'", "<expr>"),
    "place": ("<name>", "<name>.<attr>", "<name>[<slice>]", "(<expr>).<attr>", "<atom>()[<slice>]"),
    "target": ("<name>", "<place>", "(<name>, *<name>)", "[<place>, (<name>, <name>)]", "*<name>, <place>"),
    "slice": ("0", "<string>", "<expr>:", "::<expr>", "<expr>, ...", "<expr>:<expr>, None", "*<name>"),
    "aug": ("+=", "-=", "*=", "/=", "@=", "**=", "|=", ">>=", "//="),
    "arguments": ("", "<expr>", "<expr>, *<expr>", "q=<expr>, **<expr>", "x for x in <expr>"),
    "keywords": ("", ", alpha=<expr>", ", value=-<name>", ", *<name>", ", **<expr>"),
    "pairs": ("", "<expr>: <expr>", "**<expr>", "'a': 1, **<expr>"),
    "pattern": (
        "None",
        "{'a': x, **rest}",
        "[1, *_, <attr>.b]",
        "torch.Tensor(shape=(a, b)) as c",
        "-1 | 2.5 | 'x'",
        "(x, [y, {}])",
        "<attr>.b(z)",
        "str() | None",
    ),
    "atom": (
        "p",
        "self",
        "None",
        "1",
        "0.5",
        "1e-8",
        "1j",
        "...",
        "True",
        "''",
        "<name>",
        "self.<attr>",
        "<string>",
    ),
    "expr": (
        "<atom>",
        "<atom>",
        "<name>.<attr>",
        "<name>[<slice>]",
        "(<expr> <binary> <expr>)",
        "(<expr> <binary> <expr>)",
        "(<unary> <expr>)",
        "(<expr> if <expr> else <expr>)",
        "(<expr> <compare> <expr> <compare> <expr>)",
        "<name>.<attr>(<arguments>)",
        "<call>(<arguments>)",
        "<call>(<expr>, <expr><keywords>)",
        "(lambda <lambda>: <expr>)",
        "[*<name>, <expr>]",
        "{<expr>, *<name>}",
        "{<pairs>}",
        "(<expr>, <expr>)",
        "[<expr> for <target> in <expr> if <expr>]",
        "{<expr>: <expr> for <name> in <expr> for <name> in <expr>}",
        "(<expr> for <name> in <expr>)",
        "f'{<name>!r:>{<name>}} {<name>}{{'",
        "(<expr> and <expr> or <expr>)",
        "1 .<attr>",
        "(yield)",
    ),
    "binary": ("+", "-", "*", "/", "//", "%", "**", "@", "<<", ">>", "&", "|", "^"),
    "unary": ("-", "not", "~", "+"),
    "compare": ("<", ">=", "==", "!=", "is", "is not", "in", "not in"),
    "call": (
        "torch.zeros_like",
        "dict",
        "float",
        "len",
        "zip",
        "list",
        "max",
        "sum",
        "isinstance",
        "getattr",
        "super",
        "torch.sqrt",
        "map",
        "sorted",
        "enumerate",
        "range",
        "torch._foreach_mul",
        "defaultdict",
        "functools.partial",
        "self.<attr>",
        "Mixin",
        "eval",
        "type",
        "a",
    ),
}

_SYMBOL = re.compile(r"<(\w+)>")
#: Symbols inside each other; what lies deeper is the first, shortest alternative.
_DEEPEST, _DEEPEST_EXPRESSION = 12, 5


def source(tape: bytes) -> str:
    """The file that a tape of choices stands for; where it ends, the first alternatives are taken."""
    return _expanded("file", iter(tape), 0, 0) + "\n"


def _expanded(symbol: str, tape: Iterator[int], depth: int, inner: int) -> str:
    choices = GRAMMAR[symbol]
    inner += symbol in {"expr", "target"}
    byte = next(tape, 0) if depth < _DEEPEST and inner < _DEEPEST_EXPRESSION else 0
    lines: list[str] = []
    for line in choices[byte % len(choices)].split("\n"):
        text = line.lstrip()
        margin = line[: len(line) - len(text)]
        text = _SYMBOL.sub(lambda found: _expanded(found[1], tape, depth + 1, inner), text)
        lines.extend(margin + each if each else "" for each in text.split("\n"))
    return "\n".join(lines)

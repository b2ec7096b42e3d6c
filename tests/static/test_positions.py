"""Our positions are those of libcst's own, slower provider, and texts are what stands there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from optreview.evidence.static.source.positions import Positions
from optreview.targets import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD = (
    "x = (\n    1 +\n    2  # two\n)\r\nif x: y = f(\r\n  a , b)\n"
    "@ d\nclass C ( B ) :\n\tdef f(self): pass; return\n\n\n# end"
)
#: What evidence can point at; libcst counts the blanks around some other kinds of node, and we never do.
CITED = (
    cst.BaseExpression | cst.BaseSmallStatement | cst.BaseCompoundStatement
    | cst.Arg | cst.AssignTarget | cst.Decorator | cst.DictElement | cst.Element | cst.Param
)  # fmt: skip
EVERY_KIND = """\
from . import a as b, c; import d.e
from .f import (  # why
    g,
)
async def h(p: int, /, q=(1, ), *r, s: "t" = {**u, 'é': 1}, **v) -> None:
    async with (i as j, k): await l ; del m, n
    global o; nonlocal_ = o
    try: raise A(f"{x!r:>{w}} = {y = }" 'z' "\\\n") from B
    except* (C, D) as e: pass
    else:
        assert not -a ** b if c else [d for d, in e if f if g], 'message'
    finally:
        yield (yield from z)
    while a is not b not in c < d != e:
        if a: break
        elif b : continue
        else : return
    for i, *j in {k: l for k, l in m}, {n for n in o}, {1, 2}, (p for p in q): x[a:b:c, ..., *d] += 1
    match s:
        case [A(b=1), *_] | {"k": v, **w} if (y := 2j): z: Final = lambda: 0
        case _: t @= u or v and w
"""
PEP_695 = "type A[T: int, *U, **V] = B\ndef f[T](x: T): ...\nclass C[T](D): ...\n"


SPECS = ["torch.optim.adam", "pytorch_optimizer.base.optimizer", ODD, EVERY_KIND, PEP_695]


@pytest.mark.parametrize("spec", SPECS)
def test_positions_equal_those_of_libcst(spec: str) -> None:
    source = spec if "\n" in spec else Path(resolve(spec)[0].path).read_text(encoding="utf-8")
    tree = cst.parse_module(source)
    theirs = MetadataWrapper(tree, unsafe_skip_copy=True).resolve(PositionProvider)
    positions = Positions(tree, source)
    ours = {node: span for node in _nodes(tree) if (span := positions.span(node)) is not None}
    missed = {
        type(node).__name__
        for node in _nodes(tree)
        if isinstance(node, cst.BaseExpression | cst.BaseSmallStatement) and node not in ours
    }
    assert missed == set()
    different = {
        type(node).__name__: (span, theirs[node])
        for node, span in ours.items()
        if isinstance(node, CITED)
        and span
        != (
            theirs[node].start.line,
            theirs[node].start.column + 1,
            theirs[node].end.line,
            theirs[node].end.column + 1,
        )
    }
    assert different == {}


def _nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _nodes(child)

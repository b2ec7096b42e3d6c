"""Our positions are those of libcst's own, slower provider, and texts are what stands there."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from optreview.evidence.static.positions import spans
from optreview.targets import resolve

ODD = (
    "x = (\n    1 +\n    2  # two\n)\r\nif x: y = f(\r\n  a , b)\n"
    "@ d\nclass C ( B ) :\n\tdef f(self): pass\n\n\n# end"
)


@pytest.mark.parametrize("spec", ["torch.optim.adam", "pytorch_optimizer.base.optimizer", "odd"])
def test_positions_equal_those_of_libcst(spec: str) -> None:
    source = ODD if spec == "odd" else Path(resolve(spec)[0].path).read_text(encoding="utf-8")
    tree = cst.parse_module(source)
    theirs = MetadataWrapper(tree, unsafe_skip_copy=True).resolve(PositionProvider)
    ours = spans(tree)
    assert len(ours) > 10
    different = {
        type(node).__name__: (span, theirs[node])
        for node, span in ours.items()
        if (span.line, span.column) != (theirs[node].start.line, theirs[node].start.column + 1)
        or (span.end_line, span.end_column) != (theirs[node].end.line, theirs[node].end.column + 1)
    }
    assert different == {}

"""Memory in places that no sum over ``state`` finds: to the byte, by a path, with its line."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Optional

import pytest
import torch

from optreview.evidence.dynamic.memory.roots import Roots
from optreview.evidence.dynamic.memory.walk import Walk, inert
from tests.dynamic.conftest import SPECIMENS, evidence_of, installed, lone
from tests.dynamic.test_planted import BYTES, PARAMETERS, TENSORS

if TYPE_CHECKING:
    from optreview.evidence.dynamic.client import Runner
    from optreview.records import MemoryRun

HIDDEN = SPECIMENS / "hidden.py"
HOSTED = SPECIMENS / "hosted.py"

CASES: dict[str, dict[str, int]] = {
    "Import": {},
    "Closure": {
        "hidden:closure of Closure.start.<locals>.<lambda>: buffers": 400,
        "hidden:closure of Closure.start.<locals>.innermost: inner": 200,
    },
    "DefaultArgument": {"hidden:default of DefaultArgument.start.<locals>.smooth: kernel": 240},
    "Partial": {"hidden:scale": 280},
    "ModuleDictionary": {"hidden:module hidden: CACHE.kernel": 1200},
    "ModuleGlobal": {"hidden:module hidden: BUFFER": 1600},
    "ClassAttribute": {"hidden:class ClassAttribute: shared": 320},
    "LeastRecent": {"hidden:lru_cache of window()": 4 * (16 + 17 + 18 + 19)},
    "Cached": {"hidden:lru_cache of table().rows": 360},
    "Method": {"hidden:lru_cache of Method.kernel()": 132},
    "Generator": {"hidden:generator Generator.schedule: total": 440},
    "Iterating": {"hidden:rates": 120 + 160},
    "HelperObject": {"hidden:helpers.__buffer": 480},
    "WeakKeys": {"hidden:momenta": BYTES},
    "Hook": {"hidden:closure of Hook.start.<locals>.count: seen": 520},
    "Attributed": {"mean": 8 * TENSORS, "mean.scale": 12 * TENSORS},
    "Storage": {"hidden:memory": 560},
    "Coordinates": {"sparse": (2 * 10 * 8 + 10 * 4) * TENSORS},
    "Rows": {"rows": (11 * 8 + 10 * 8 + 10 * 4) * TENSORS},
    "Wrapped": {"moment": PARAMETERS + 4 * TENSORS},
    "Graph": {"norm": 4 * TENSORS, "hidden:autograd graph of norm": BYTES},
    "RetainedGradient": {"hidden:copies": BYTES, "hidden:copies.grad": BYTES},
    "Many": {"hidden:history": 20, "hidden:by_name.a": 24, "hidden:pairs": 28},
    "Raising": {"hidden:open.b": 80, "hidden:unattributed": 40},
    "Unreachable": {"hidden:unattributed": 600},
    "Arrays": {"hidden:half": 1000, "hidden:lent": 640},
    "Mapped": {},
    "Numbers": {"losses": 0},
}

#: Path, kind, bytes and items of what no tensor shows; the first half of ``shared`` is a tensor's as well.
HELD: dict[str, list[tuple[str, str, int | None, int]]] = {
    "Arrays": [("shared", "numpy", 1000, 1), ("table", "numpy", 4000, 1), ("view", "numpy", 8000, 1)],
    "Mapped": [("page", "mmap", 4096, 1), ("text", "bytes", 77, 1), ("typed", "array", 800, 1)],
    "Numbers": [("losses", "numbers", None, 2000 * TENSORS)],
}


def lies_in(name: str) -> Path:
    return HOSTED if name in HELD else HIDDEN


def look(runner: Runner, name: str) -> MemoryRun:
    path = lies_in(name)
    return evidence_of(runner, lone(path, name), files=(path.name,), probes=()).runs[0]


@pytest.mark.parametrize("name", CASES)
def test_bytes_belong_to_the_place_that_keeps_them(runner: Runner, name: str) -> None:
    run, expected = look(runner, name), CASES[name]
    assert {b.key: b.bytes for b in run.buffers} == expected
    assert run.state_bytes == sum(expected.values())
    assert run.hidden_bytes == sum(v for k, v in expected.items() if k.startswith("hidden:"))
    assert [(h.path, h.kind, h.bytes, h.items) for h in run.host] == HELD.get(name, [])


#: What no operation of the package's made: where nothing leads, and what NumPy made.
ELSEWHERE = {"hidden:unattributed"}


@pytest.mark.parametrize("name", CASES)
def test_every_byte_was_made_on_a_line_of_its_class(runner: Runner, name: str) -> None:
    path = lies_in(name)
    module = ast.parse(path.read_text(encoding="utf-8"))
    lines = {
        line
        for node in module.body
        if not isinstance(node, ast.ClassDef) or node.name in (name, "Helper", "Guarded")
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    for buffer in look(runner, name).buffers:
        assert {each.location.line for each in buffer.created} <= lines
        assert {each.location.file for each in buffer.created} <= {path.name}
        if buffer.key not in ELSEWHERE:
            assert sum(each.bytes for each in buffer.created) == buffer.bytes


def test_the_line_is_that_of_the_expression(runner: Runner) -> None:
    text = HIDDEN.read_text(encoding="utf-8").splitlines()
    (buffer,) = look(runner, "Cached").buffers
    (made,) = buffer.created
    line = text[made.location.line - 1]
    assert line[made.location.column - 1 :] == "torch.zeros(size)}"
    codes, scale = look(runner, "Wrapped").buffers[0].created
    assert (codes.bytes, scale.bytes) == (PARAMETERS, 4 * TENSORS)
    assert "torch.int8" in text[codes.location.line - 1]
    assert "torch.ones(1)" in text[scale.location.line - 1]


def test_a_helper_module_beside_the_file_is_looked_into(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "buffers_beside.py").write_text("import torch\nOLD = torch.zeros(9)\nKEPT = {}\n")
    lines = [
        "import torch, buffers_beside",
        "class Caching(torch.optim.SGD):",
        "    def __init__(self, params):",
        "        super().__init__(params, lr=1e-3)",
        "        buffers_beside.KEPT['mask'] = torch.zeros(50)",
    ]
    path = tmp_path / "caching.py"
    path.write_text("\n".join(lines) + "\n")
    run = evidence_of(runner, lone(path, "Caching"), files=(path.name,), probes=()).runs[0]
    (buffer,) = run.buffers
    assert (buffer.key, buffer.bytes) == ("hidden:module buffers_beside: KEPT.mask", 200)
    assert [(made.location.line, made.bytes) for made in buffer.created] == [(5, 200)]


def test_state_of_a_real_package_was_made_where_its_source_writes_it(runner: Runner) -> None:
    target = installed("pytorch_optimizer.optimizer.adabelief", "AdaBelief")
    text = Path(target.path).read_text(encoding="utf-8").splitlines()
    file = Path(target.path).relative_to(target.root).as_posix()
    buffers = evidence_of(runner, target, files=(file,), probes=()).runs[0].buffers
    assert {buffer.key for buffer in buffers} == {"exp_avg", "exp_avg_var"}
    for buffer in buffers:
        (made,) = buffer.created
        assert (made.location.file, made.bytes) == (file, buffer.bytes)
        assert f"'{buffer.key}'" in text[made.location.line - 1]


def test_torch_is_not_looked_into() -> None:
    assert list(Roots(torch.optim.AdamW).leaves(Walk())) == []


class Rebound(torch.optim.SGD):
    """Stands for a class of a package whose variables are set anew."""

    kept: object = ()
    flag = 1


def test_variables_that_are_set_anew_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there before is never told, and what stands in its place is, however often it changes."""
    roots = Roots(Rebound)

    def own() -> list[str]:  # the package is this one's tests, other modules of which hold tensors too
        return [leaf.path for leaf in roots.leaves(Walk()) if leaf.path.startswith("class Rebound")]

    assert own() == []
    for kept in ([torch.ones(2)], {"a": torch.ones(3)}, torch.ones(4)):
        monkeypatch.setattr(Rebound, "kept", kept)
        (path,) = own()
        assert path.startswith("class Rebound: kept")
    monkeypatch.setattr(Rebound, "kept", ())
    assert own() == []
    monkeypatch.setattr(Rebound, "late", torch.ones(2), raising=False)
    assert own() == ["class Rebound: late"]


def test_hints_hold_nothing() -> None:
    hints = [list[int], int | None, Optional[int], Literal["a"], Callable[[int], str]]  # noqa: UP045
    walk = Walk()
    assert list(walk.named([("hints", hints)])) == []
    assert all(inert(hint) for hint in hints)
    assert dict(walk.entries) == {"hints": len(hints)}


class Chain:
    def __init__(self, before: Chain | None) -> None:
        self.before = before


def test_what_is_kept_by_parameter_is_the_parameters_wherever_it_is() -> None:
    weight, master = torch.nn.Parameter(torch.zeros(3)), torch.nn.Parameter(torch.zeros(2))
    master.grad = torch.zeros(2)
    held = {"slow": {weight: {"copy": [torch.ones(3)]}, "other": torch.ones(4)}, "masters": [master]}
    found = {leaf.path: leaf.owner for leaf in Walk([weight, master]).named([("held", held)])}
    assert found == {"held.slow.copy": weight, "held.slow.other": None}
    found = {leaf.path: leaf.owner for leaf in Walk([weight]).named([("held", held)])}
    assert found["held.masters.grad"] is master
    assert found["held.masters"] is None


def test_a_long_chain_is_walked_to_its_end() -> None:
    last = Chain(None)
    last.end = torch.zeros(3)  # type: ignore[attr-defined]
    for _ in range(5_000):
        last = Chain(last)
    (leaf,) = Walk().named([("chain", last)])
    assert leaf.path == "chain.before.end"


def test_a_walk_gives_up_where_there_is_too_much() -> None:
    many = [[number] for number in range(300_000)]
    assert len(list(Walk().named([("many", many)]))) <= 200_000

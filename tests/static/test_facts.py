"""Facts of small sources, and of real optimizers compared with what Python itself says of them."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from optreview.evidence.static import discover, read
from optreview.report.view import source as view
from optreview.targets import resolve

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.records import Hyperparameter, Measurement, StaticEvidence

HEAD = "import torch\nfrom typing import Literal\n"


def evidence(folder: Path, source: str) -> StaticEvidence:
    (folder / "sample.py").write_text(HEAD + source, encoding="utf-8")
    return read(discover(resolve(str(folder / "sample.py"))).found[0])


def optimizer(constructor: str = "", step: str = "", extra: str = "") -> str:
    """A class with the given constructor parameters and lines, and lines run for each parameter."""
    parameters, _, checks = constructor.partition(" & ")
    body = "".join(f"        {line}\n" for line in checks.split(";") if line.strip())
    lines = "".join(f"                {line}\n" for line in (step or "pass").split("\n"))
    return (
        f"{extra}\nclass Sample(torch.optim.Optimizer):\n"
        f"    def __init__(self, params, {parameters}):\n{body}"
        "        super().__init__(params, dict(lr=1e-3))\n"
        "    @torch.no_grad()\n    def step(self, closure=None):\n"
        f"        for group in self.param_groups:\n            for p in group['params']:\n{lines}"
    )


def only(found: StaticEvidence) -> Hyperparameter:
    (entry,) = found.hyperparameters
    return entry


@pytest.mark.parametrize("default", ["(0.9, 0.999)", "((1, 2),)", "(1)", "-1.5", "None", "'a b'", "1e-3"])
def test_a_default_is_shown_as_it_was_written(tmp_path: Path, default: str) -> None:
    assert only(evidence(tmp_path, optimizer(f"mode={default}"))).default == default


@pytest.mark.parametrize(
    ("constructor", "extra", "choices"),
    [
        ("mode: Literal['a', 'b'] = 'a'", "", ("'a'", "'b'")),
        ("mode: MODES | None = None", "MODES = Literal['a', 'b']", ("'a'", "'b'")),
        ("mode='a' & if mode not in ('a', 'b'): raise ValueError(mode)", "", ("'a'", "'b'")),
        ("mode='a' & assert mode in KNOWN", "KNOWN = ['a', 'b']", ("'a'", "'b'")),
        (
            "mode='a' & one_of(mode, ['a', 'b'])",
            "def one_of(x, known):\n    if x not in known: raise KeyError",
            ("'a'", "'b'"),
        ),
        ("mode='a' & if mode in ('a', 'b'): print(mode)", "", ()),
        ("mode='a' & self.mode = mode", "", ()),
    ],
)
def test_choices(tmp_path: Path, constructor: str, extra: str, choices: tuple[str, ...]) -> None:
    assert only(evidence(tmp_path, optimizer(constructor, extra=extra))).choices == choices


@pytest.mark.parametrize(
    ("constructor", "extra", "line"),
    [
        ("lr=1e-3 & if lr < 0: raise ValueError", "", 6),
        ("lr=1e-3 & if not 0.0 <= lr: raise ValueError", "", 6),
        ("lr=1e-3 & self.check(lr)", "", None),
        ("lr=1e-3 & check(lr)", "def check(x):\n    if x < 0: raise ValueError", 7),
        ("betas=(0.9, 0.99) & for beta in betas:;    if beta > 1: raise ValueError", "", 7),
        ("lr=1e-3 & if lr < 0: print('odd')", "", None),
        ("lr=1e-3 & self.lr = lr", "", None),
    ],
)
def test_validation(tmp_path: Path, constructor: str, extra: str, line: int | None) -> None:
    checked = only(evidence(tmp_path, optimizer(constructor, extra=extra))).validated
    assert (checked.line if checked else None) == line


@pytest.mark.parametrize(
    ("step", "buffers"),
    [
        ("self.state[p]['m'] = torch.zeros_like(p)", [("m", "full-size", None)]),
        ("s = self.state[p]\ns.setdefault('m', torch.zeros(1))", [("m", "scalar", None)]),
        ("self.state[p] = {'m': p.clone(), 'step': 0}", [("m", "full-size", None), ("step", "number", None)]),
        ("self.state[p]['m'] = p.grad.new().resize_as_(p.grad).fill_(1.0)", [("m", "full-size", None)]),
        ("self.state[p]['m'] = p.flatten().sort(dim=-1).values.clone()", [("m", "full-size", None)]),
        ("self.state[p]['m'] = p.sort(dim=-1).values.sum()", [("m", "scalar", None)]),
        ("self.state[p].update(m=p.new_zeros(p.shape[0], 1))", [("m", "factored", None)]),
        ("self.state[p]['m'] = p.new_empty(size=p.shape)", [("m", "full-size", None)]),
        ("self.state[p]['m'] = p.new_tensor(p)", [("m", "full-size", None)]),
        ("self.state[p]['m'] = torch.empty_strided(p.size(), p.stride())", [("m", "full-size", None)]),
        *(
            (f"n = list(p.shape)\n{change}\nself.state[p]['m'] = p.new_zeros(n)", [("m", kind, None)])
            for change, kind in (
                ("pass", "full-size"),
                ("n[0] = 1", "factored"),
                ("if p.dim() > 1:\n    n[0] = min(n)", "unknown"),
                ("n.pop()", "unknown"),
                ("del n[0]", "unknown"),
                ("n = n[1:]", "factored"),
            )
        ),
        (
            "for i in range(2):\n    self.state[p][f'm_{i}'] = p * 2",
            [("m_0", "full-size", None), ("m_1", "full-size", None)],
        ),
        ("for i in range(p.dim()):\n    self.state[p][f'm_{i}'] = p * 2", [("m_*", "full-size", None)]),
        ("for k in ('a', 'b'):\n    self.state[p][k] = [p]", [("a", "list", None), ("b", "list", None)]),
        ("if group['ams']:\n    self.state[p]['v'] = p.clone()", [("v", "full-size", "group['ams']")]),
        (
            "if not group['ams']:\n    continue\nself.state[p]['v'] = p.clone()",
            [("v", "full-size", "group['ams']")],
        ),
        ("if p.grad is None:\n    continue\nself.state[p]['v'] = p.clone()", [("v", "full-size", None)]),
        (
            "if group['a']:\n    self.state[p]['v'] = 1\nelse:\n    self.state[p]['v'] = 2",
            [("v", "number", None)],
        ),
        (
            "if group['a']:\n    self.state[p]['v'] = 1\n"
            "elif group['b']:\n    self.state[p]['v'] = 2\nelse:\n    self.state[p]['v'] = 3",
            [("v", "number", None)],
        ),
        (
            "if group['a']:\n    self.state[p]['v'] = 1\nelif group['b']:\n    self.state[p]['v'] = 2",
            [("v", "number", "group['a'] or not group['a'] and group['b']")],
        ),
        ("group['m'] = torch.zeros_like(p)\ncache = {}\ncache['m'] = p", []),
        ("print(self.state[p]['m'])\nself.state['global'] = 1", []),
    ],
)
def test_state(tmp_path: Path, step: str, buffers: list[tuple[str, str, str | None]]) -> None:
    found = evidence(tmp_path, optimizer("lr=1e-3", step)).state_buffers
    assert [(buffer.key, buffer.kind, buffer.gate) for buffer in found] == buffers


@pytest.mark.parametrize(
    ("step", "sites"),
    [
        ("p.add_(p.grad)", [("parameter", None, True)]),
        ("g = p.grad\ng.mul_(2)", [("gradient", None, True)]),
        ("g = p.grad * 2\ng.mul_(2)", [("temporary", None, True)]),
        ("self.state[p]['m'].lerp_(p.grad, 0.1)", [("state", "m", True)]),
        ("if group['wd']:\n    p.mul_(0.9)", [("parameter", None, False)]),
        ("torch.mul(p, 2, out=p.grad)", [("gradient", None, True)]),
        ("torch._foreach_add_([p], [p.grad])", [("parameter", None, True)]),
        ("p += p.grad", [("parameter", None, True)]),
        ("p[0] = 1.0", [("parameter", None, True)]),
        ("p.data = p.data * 2", [("parameter", None, True)]),
        ("x = 1\nx += 2\np = p + 1\np.requires_grad_(True)", []),
        ("self.state['k'] = torch.tensor([0])\nself.state['k'] += 1", [("state", None, True)]),
        ("self.state['k'] = 0\nself.state['k'] += 1", []),
        ("g = p.grad.to(lr)\nif g is not p.grad:\n    g.neg_()", [("temporary", None, False)]),
        ("g = p.grad.to(lr)\nif g is p.grad:\n    g.neg_()", [("gradient", None, False)]),
        ("g = p.grad.to(lr)\nif g is p.grad:\n    g = g.clone()\ng.neg_()", [("temporary", None, True)]),
    ],
)
def test_in_place_sites(tmp_path: Path, step: str, sites: list[tuple[str, str | None, bool]]) -> None:
    found = evidence(tmp_path, optimizer("lr=1e-3", step)).in_place_sites
    assert [(site.role, site.state_key, site.certain) for site in found] == sites


def test_what_other_methods_write_is_told_from_what_the_step_writes(tmp_path: Path) -> None:
    source = optimizer("lr=1e-3", "p.add_(p.grad)") + (
        "\n    def swap(self):\n        for group in self.param_groups:\n"
        "            for p in group['params']:\n                p.mul_(2)\n"
    )
    found = evidence(tmp_path, source).in_place_sites
    assert [(site.expression, site.in_step) for site in found] == [
        ("p.add_(p.grad)", True),
        ("p.mul_(2)", False),
    ]
    (role,) = view.build(evidence(tmp_path, source)).in_place
    assert [site.expression for site in role[1]] == ["p.add_(p.grad)"]


@pytest.mark.parametrize(
    ("step", "handling"),
    [
        ("if p.grad.is_sparse:\n    raise RuntimeError", "rejected"),
        ("assert not p.grad.is_sparse, 'no'", "rejected"),
        ("if not p.grad.is_sparse:\n    p.add_(p.grad)\nelse:\n    raise RuntimeError", "rejected"),
        ("g = p.grad\nif g.is_sparse:\n    g = g.coalesce()", "handled"),
        ("g = p.grad\nif not g.is_sparse:\n    raise RuntimeError", "handled"),
        ("p.add_(p.grad)", "unmentioned"),
    ],
)
def test_sparse(tmp_path: Path, step: str, handling: str) -> None:
    assert evidence(tmp_path, optimizer("lr=1e-3", step)).sparse.handling == handling


@pytest.mark.parametrize(
    ("refusal", "conditions"),
    [
        ("if group['m'] != 0 and g.is_sparse:", "group['m'] != 0 and g.is_sparse"),
        ("if group['m']:\n    if g.is_sparse:", "group['m']"),
        ("if g.is_sparse:", None),
        ("if g.is_complex():", None),
    ],
)
def test_sparse_gradients_rejected_with_some_options(
    tmp_path: Path, refusal: str, conditions: str | None
) -> None:
    indent = " " * (
        len(refusal.rsplit("\n", maxsplit=1)[-1]) - len(refusal.rsplit("\n", maxsplit=1)[-1].lstrip()) + 4
    )
    step = f"g = p.grad\n{refusal}\n{indent}raise RuntimeError\nif g.is_sparse:\n    g = g.coalesce()"
    found = evidence(tmp_path, optimizer("lr=1e-3", step)).sparse
    assert (found.handling, found.rejected_when) == ("handled", conditions)


def measured(found: StaticEvidence) -> dict[str, Measurement]:
    return {entry.id: entry for entry in found.measurements}


def test_infinity_is_a_number_that_a_constructor_may_check(tmp_path: Path) -> None:
    text = optimizer("lr=1e-3, growth=float('inf'), name=float('nan'), text=str('inf')", "pass")
    note = measured(evidence(tmp_path, text))["parameters_validated"].note
    assert note.endswith(
        "of 2 numeric hyperparameters are checked by the constructor; missing: `lr`, `growth`"
    )


def test_measurements_keep_their_ids_and_their_absences(tmp_path: Path) -> None:
    found = measured(evidence(tmp_path, optimizer("*, verbose: bool = False", "torch._foreach_neg([p])")))
    assert sorted(found) == [
        "foreach_path", "fused_path", "parameters_annotated", "parameters_documented", "parameters_validated",
        "sparse_handling", "step_comments", "step_complexity", "step_lines", "step_nesting",
        "step_own_complexity", "step_own_lines", "step_own_nesting", "step_repetition",
    ]  # fmt: skip
    assert found["parameters_validated"].presence == "not-applicable"
    assert found["parameters_validated"].value is None
    assert (found["foreach_path"].value, found["fused_path"].value) == (True, False)
    assert (found["step_lines"].value, found["step_nesting"].value, found["step_complexity"].value) == (
        4,
        2,
        3,
    )


REAL = ["torch.optim:Adam", "torch.optim:LBFGS", "pytorch_optimizer:AdaBelief", "torch_optimizer:QHAdam"]


@pytest.mark.parametrize("spec", REAL)
def test_signatures_and_documentation_of_real_optimizers(spec: str) -> None:
    found = read(discover(resolve(spec)).found[0])
    package, _, name = spec.partition(":")
    real = inspect.signature(getattr(import_module(package), name)).parameters
    expected = {key: entry for key, entry in real.items() if key not in {"params", "kwargs"}}
    assert [entry.name for entry in found.hyperparameters] == list(expected)
    for entry in found.hyperparameters:
        assert entry.default is not None
        assert ast.literal_eval(entry.default) == expected[entry.name].default
        assert entry.keyword_only is (expected[entry.name].kind is inspect.Parameter.KEYWORD_ONLY)
        assert entry.description
        assert "{" not in entry.description, "a folded docstring leaves no placeholder"


def test_reading_twice_gives_equal_evidence() -> None:
    candidate = discover(resolve("pytorch_optimizer:A2Grad")).found[0]
    assert read(candidate) == read(candidate)

"""The plugin for pytest: what is worse fails with the words of ``check``; what is not asked costs nothing."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from optreview import asserting
from optreview.asserting import Answer, ask
from optreview.errors import InputError, MeasurementError
from optreview.pytest_plugin import Asked, assert_optimizer_memory
from tests.report import checks

if TYPE_CHECKING:
    from optreview.records import Check

ROOT = Path(__file__).parent.parent
OPTIMIZERS = """\
import torch


class Heavy(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    for name in ("a", "b", "c"):
                        state[name] = torch.zeros_like(p)
                for held in state.values():
                    held.add_(p.grad)
                p.add_(state["a"], alpha=-group["lr"])
"""
TESTS = """\
import pytest

from optreview.pytest_plugin import assert_optimizer_memory
from pack.optimizers import Heavy


@pytest.mark.optreview(Heavy, state_ratio=1.0)
def test_heavy():
    raise RuntimeError("the test itself does not run")


def test_heavy_by_hand():
    assert_optimizer_memory(Heavy, state_ratio=1.0)


@pytest.mark.optreview("pack/optimizers.py:Heavy", baseline=True)
def test_without_a_baseline():
    pass


@pytest.mark.optreview(Heavy, stat_ratio=1.0)
def test_misspelt():
    pass


@pytest.mark.optreview(state_ratio=1.0)
def test_nameless():
    pass
"""
UNUSED = """\
import sys


def test_nothing():
    heavy = {"torch", "msgspec", "click", "libcst", "rich", "optreview.asserting"}
    assert "optreview.pytest_plugin" in sys.modules
    assert heavy & set(sys.modules) == set()
"""


def session(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """pytest in a folder, with this plugin and no other."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "optreview.pytest_plugin", "--strict-markers", "-q", *options],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "XDG_CACHE_HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each test of a project fails with; empty where it passes."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "pack").mkdir()
    (folder / "pack" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "pack" / "optimizers.py").write_text(OPTIMIZERS, encoding="utf-8")
    (folder / "test_memory.py").write_text(TESTS, encoding="utf-8")
    done = session(folder, "--junitxml=found.xml")
    assert done.returncode == 1, done.stdout + done.stderr
    cases = ET.parse(folder / "found.xml").iter("testcase")
    return {case.get("name", ""): "".join(each.text or "" for each in case.iter("failure")) for case in cases}


@pytest.mark.parametrize("name", ["test_heavy", "test_heavy_by_hand"])
def test_what_does_not_fit_fails_with_the_words_of_check(told: dict[str, str], name: str) -> None:
    assert "worse: pack.optimizers:Heavy" in told[name]
    assert (
        "over budget, float32 default: state = '1x AdamW' for Heavy is 8 B per parameter, and it takes 12 B "
        "(26.08 GiB more at 7 billion parameters)"
    ) in told[name]
    line = next(n for n, text in enumerate(OPTIMIZERS.splitlines(), start=1) if "state[name] = " in text)
    assert f"a 4 B, made at pack/optimizers.py:{line}" in told[name]
    assert "does not run" not in told[name]
    assert "optreview/asserting.py" not in told[name], "no traceback through the plugin"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("test_without_a_baseline", "There is no baseline optreview-baseline.toml to compare with"),
        ("test_misspelt", "unknown field `stat_ratio`"),
        ("test_nameless", "names no optimizer"),
    ],
)
def test_what_cannot_be_asked_fails_and_says_why(told: dict[str, str], name: str, said: str) -> None:
    assert said in told[name]


def test_a_session_that_does_not_use_it_imports_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_unused.py").write_text(UNUSED, encoding="utf-8")
    done = session(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def answers(monkeypatch: pytest.MonkeyPatch, found: Check) -> None:
    monkeypatch.setattr(asserting, "_checked", lambda *_: found)


def test_what_cannot_be_compared_is_skipped_and_not_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, checks.check(checks.other("a:B", "incomparable", "Not compared: torch.")))
    with pytest.raises(pytest.skip.Exception, match="Not compared: torch"):
        assert_optimizer_memory("a.py:B", baseline=True)


@pytest.mark.parametrize("verdict", ["not-measured", "added"])
def test_what_has_no_figure_is_an_error(monkeypatch: pytest.MonkeyPatch, verdict: str) -> None:
    answers(monkeypatch, checks.check(checks.other("a:B", verdict, "That is why.")))
    with pytest.raises(MeasurementError, match="That is why"):
        ask("a.py:B", {"baseline": True})


@pytest.mark.parametrize("verdict", ["same", "better"])
def test_what_fits_passes(monkeypatch: pytest.MonkeyPatch, verdict: str) -> None:
    answers(monkeypatch, checks.check(checks.other("a:B", verdict)))
    assert_optimizer_memory("a.py:B", baseline=True)


def test_without_a_baseline_nothing_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, checks.check(checks.other("a:B", "added")))
    assert ask("a.py:B", {"state": "8 B per parameter"}) == Answer("fine", "new: a:B")


def test_a_class_needs_a_file_and_an_assertion_something_to_hold() -> None:
    class Local:
        pass

    wrong: list[tuple[Any, dict[str, Any], str]] = [
        (Local, {"state_ratio": 1.0}, "top level of a file"),
        (int, {"state_ratio": 1.0}, "no source file"),
        ("torch.optim:SGD", {}, "Say what it may take"),
        ("torch.optim:SGD", {"state": "much"}, "'much' is no budget"),
        ("torch.optim:SGD", {"dtype": "float8"}, "float8"),
    ]
    for optimizer, asked, said in wrong:
        with pytest.raises(InputError, match=said):
            ask(optimizer, asked)


def test_the_readme_asks_for_what_can_be_asked() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(import pytest\n.*?)^```", readme, re.DOTALL | re.MULTILINE)
    calls = [node for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Call)]
    assert len(calls) == 3
    for call in calls:
        asked = {each.arg or "": ast.literal_eval(each.value) for each in call.keywords}
        wanted = msgspec.convert(asked, asserting.Asked)
        assert asserting._budgets("Lean", wanted) or wanted.baseline


def test_both_lists_of_what_can_be_asked_are_one() -> None:
    assert Asked.__annotations__.keys() == set(asserting.Asked.__struct_fields__)

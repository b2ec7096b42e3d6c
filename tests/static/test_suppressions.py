"""Which findings a comment in the source speaks of, which not, and what is said of the comment itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from optreview.evidence import static
from optreview.evidence.static.source.modules import parsed
from optreview.records import Finding, Location
from optreview.targets import resolve

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.evidence.static.suppressions import Suppression

HEAD = """\
import torch


class Norm(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
"""
BODY = " " * 16


def read(code: str) -> tuple[Suppression, ...]:
    return parsed("sample", "sample.py", code.encode()).suppressions.found


def reasons(folder: Path, body: str) -> list[tuple[int, str | None]]:
    """Line and suppression of each host synchronisation in a step."""
    (folder / "sample.py").write_text(HEAD + body, encoding="utf-8")
    (candidate,) = static.discover(resolve(f"{folder}/sample.py")).found
    return [(f.location.line, f.suppressed) for f in static.read(candidate).findings if f.rule == "host_sync"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x = p.norm().item()\n", [(9, None)]),
        ("x = p.norm().item()  # optreview: ignore[host_sync] why not\n", [(9, "why not")]),
        ("x = p.norm().item()  # optreview: ignore[host-sync]\n", [(9, "")]),
        ("x = p.norm().item()  # optreview: ignore[host_sync]: why\n", [(9, "why")]),
        ("x = p.norm().item()  # optreview: ignore[data_attribute, host-sync] why\n", [(9, "why")]),
        ("x = p.norm().item()  # optreview: ignore[data_attribute] why\n", [(9, None)]),
        ("x = p.norm().item()  #optreview:ignore[host_sync]why\n", [(9, "why")]),
        ("x = p.norm().item()  # noqa: E1 # optreview: ignore[host_sync] why # noqa\n", [(9, "why")]),
        ("x = p.norm().item()  # optreview: ignore[host_sync] see #12\n", [(9, "see #12")]),
        ("x = p.norm().item()  # optreview: ignore\n", [(9, None)]),
        ("x = p.norm().item()  # about optreview: ignore[host_sync] why\n", [(9, None)]),
        ("x = p.norm().item(), '# optreview: ignore[host_sync] why'\n", [(9, None)]),
        ("x = p.norm().item(); y = '''\n# optreview: ignore[host_sync] why\n'''\n", [(9, None)]),
    ],
)
def test_a_comment_on_the_line_holds_for_the_rules_it_names(
    tmp_path: Path, body: str, expected: list[tuple[int, str | None]]
) -> None:
    assert reasons(tmp_path, BODY + body) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["# optreview: ignore[host_sync] why", "x = p.norm().item()"], [(10, "why")]),
        (["# optreview: ignore[host_sync] why", "# more", "x = p.norm().item()"], [(11, "why")]),
        (["# optreview: ignore[host_sync] why", "", "x = p.norm().item()"], [(11, None)]),
        (["x = p.norm().item()", "# optreview: ignore[host_sync] why"], [(9, None)]),
        (["y = 1  # optreview: ignore[host_sync] why", "x = p.norm().item()"], [(10, None)]),
        (["x = (  # optreview: ignore[host_sync] why", "    p.norm().item()", ")"], [(10, "why")]),
        (["x = (", "    p.norm().item()", ")  # optreview: ignore[host_sync] why"], [(10, "why")]),
        (["# optreview: ignore[host_sync] why", "x = (", "    p.norm().item()", ")"], [(11, "why")]),
        (
            ["x = (", "    1,  # optreview: ignore[host_sync] why", "    p.norm().item(),", ")"],
            [(11, None)],
        ),
        (
            [
                "x = (",
                "    # optreview: ignore[host_sync] why",
                "    p.norm().item(),",
                "    p.sum().item(),",
                ")",
            ],
            [(11, "why"), (12, None)],
        ),
        (
            ["if p.norm() > 1:  # optreview: ignore[host_sync] why", "    x = p.norm().item()"],
            [(9, "why"), (10, None)],
        ),
        (
            ["if (", "    p.norm() > 1", "):  # optreview: ignore[host_sync] why", "    x = p.norm().item()"],
            [(10, "why"), (12, None)],
        ),
        (
            ["if p.norm() > 1:", "    # optreview: ignore[host_sync] why", "    x = p.norm().item()"],
            [(9, None), (11, "why")],
        ),
        (
            ["if p.norm() > 1: x = p.sum().item()  # optreview: ignore[host_sync] why"],
            [(9, "why"), (9, "why")],
        ),
    ],
)
def test_a_comment_holds_for_its_statement_and_not_for_the_block_in_it(
    tmp_path: Path, lines: list[str], expected: list[tuple[int, str | None]]
) -> None:
    body = "".join(f"{BODY}{line}\n" if line else "\n" for line in lines)
    assert reasons(tmp_path, body) == expected


@pytest.mark.parametrize(
    "definition",
    [
        "    def step(self, closure=None):  # optreview: ignore[missing_no_grad] why\n",
        "    # optreview: ignore[missing_no_grad] why\n    def step(self, closure=None):\n",
        "    def step(  # optreview: ignore[missing_no_grad] why\n        self, closure=None\n    ):\n",
        "    def step(\n        self, closure=None\n    ):  # optreview: ignore[missing_no_grad] why\n",
        "    # optreview: ignore[missing_no_grad] why\n    @torch.jit.ignore\n    def step(self):\n",
        "    @torch.jit.ignore  # optreview: ignore[missing_no_grad] why\n    def step(self):\n",
    ],
)
def test_a_comment_at_a_definition_holds_for_what_is_found_there_and_not_inside(
    tmp_path: Path, definition: str
) -> None:
    code = (
        "import torch\n\n\nclass Plain(torch.optim.Optimizer):\n"
        f"{definition}"
        "        for group in self.param_groups:\n"
        "            for p in group['params']:\n"
        "                p.data.add_(p.grad)\n"
    ).replace("missing_no_grad]", "missing_no_grad, data_attribute]")
    (tmp_path / "sample.py").write_text(code)
    (candidate,) = static.discover(resolve(f"{tmp_path}/sample.py")).found
    kept = {f.rule: f.suppressed for f in static.read(candidate).findings}
    assert kept["missing_no_grad"] == "why"
    assert kept["data_attribute"] is None


def test_a_comment_in_a_base_class_of_another_file_holds_there(tmp_path: Path) -> None:
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "base.py").write_text(
        HEAD.replace("Norm", "Base") + f"{BODY}x = p.norm().item()  # optreview: ignore[host_sync] why\n"
    )
    (package / "norm.py").write_text(
        "from pack.base import Base\n\n\nclass Norm(Base):\n    def __init__(self, params):\n"
        "        super().__init__(params, {})\n"
    )
    (candidate,) = static.discover(resolve(f"{package}/norm.py")).found
    found = [f for f in static.read(candidate).findings if f.rule == "host_sync"]
    assert [(f.location.file, f.suppressed, f.scope) for f in found] == [("pack/base.py", "why", "Base.step")]


def test_a_finding_knows_the_definition_it_stands_in(tmp_path: Path) -> None:
    (tmp_path / "sample.py").write_text(HEAD + f"{BODY}x = p.norm().item()\n")
    (candidate,) = static.discover(resolve(f"{tmp_path}/sample.py")).found
    assert {f.scope for f in static.read(candidate).findings if f.rule == "host_sync"} == {"Norm.step"}


def test_the_end_of_lines_does_not_matter() -> None:
    lines = ["x = 1", "# optreview: ignore[host_sync] why", "y = (", "    2,", ")", ""]
    found = [read(end.join(lines)) for end in ("\n", "\r\n", "\r")]
    assert [[(s.location.line, s.lines, s.reason) for s in each] for each in found] == [
        [(2, range(3, 6), "why")]
    ] * 3


@pytest.mark.parametrize(
    "comment",
    [
        "# optreview: ignore[" + "a," * 300_000 + "] why",
        "# optreview: ignore[host_sync] " + "why " * 250_000,
        "# optreview:" * 80_000,
        "#" * 1_000_000,
        "#" * 500_000 + " optreview: ignore[host_sync] why",
        "# " + " " * 1_000_000 + "optreview: ignore[host_sync] why",
        "# optreview: ignore" + "[" * 1_000_000,
        "# optreview: ignore[host_sync] " + "#" * 1_000_000,
        "# optreview: ignore[host_sync] " + " # " * 300_000,
    ],
    ids=["ids", "words", "pragmas", "signs", "signs first", "blanks", "brackets", "signs last", "comments"],
)
def test_a_comment_of_a_million_characters_takes_linear_time(comment: str) -> None:
    began = time.process_time()
    found = read(f"x = 1  {comment}\n")
    assert time.process_time() - began < 5
    assert all(len(each.reason) <= 300 for each in found)


def test_a_file_of_nothing_but_suppressions_takes_linear_time() -> None:
    code = "# optreview: ignore[host_sync] why\n" * 50_000 + "x = 1\n"
    began = time.process_time()
    suppressions = parsed("sample", "sample.py", code.encode()).suppressions
    place = Location(file="sample.py", line=50_001, column=1)
    finding = Finding(rule="host_sync", location=place, message="m", confidence="certain")
    assert suppressions.reason(finding) == "why"
    assert time.process_time() - began < 10


def test_control_characters_in_a_reason_stay_one_line_of_text() -> None:
    (found,) = read("x = 1  # optreview: ignore[host_sync] a\x1b[31m\tred\x0c reason\n")
    assert found.rules == ("host_sync",)
    assert "\n" not in found.reason
    assert found.reason.startswith("a")

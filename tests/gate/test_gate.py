"""The commands on a small package: what becomes worse is caught and named with its line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from optreview import resources

if TYPE_CHECKING:
    from pathlib import Path

SLOW = 'state.setdefault("slow", torch.zeros_like(p)).add_(m)'
#: What each class does before it moves the weights, by its name: as it was, and as it becomes.
CHANGES = {
    "Steady": ("update = m", "update = m"),
    "Scalar": ("update = m", 'state.setdefault("count", torch.zeros(())).add_(1)\n        update = m'),
    "Extra": ("update = m", f"update = {SLOW} if p.ndim == 2 else m"),
    "Wide": (
        'update = state.setdefault("v", torch.zeros_like(p)).add_(m)',
        'update = state.setdefault("v", torch.zeros_like(p, dtype=torch.float32)).add_(m).to(p.dtype)',
    ),
    "Temporary": ("update = m.mul_(1.0)", "update = m * 1.0"),
    "View": (
        'update = state.setdefault("v", torch.zeros_like(p)).add_(m)',
        'update = state.setdefault("v", torch.zeros(2, *p.shape, dtype=p.dtype)[0]).add_(m)',
    ),
    "Growing": ("update = m", 'state.setdefault("past", []).append(p.grad.sum())\n        update = m'),
    "Closure": ("update = m", "update = KEEP(p).add_(m)"),
    "Conv": ("update = m", f"update = {SLOW} if p.ndim > 2 else m"),
}
TEMPLATE = """\
import torch


def keeper():
    kept = {{}}

    def keep(p):
        if p not in kept:
            kept[p] = torch.zeros_like(p)
        return kept[p]

    return keep


KEEP = keeper()


class {name}(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, {{"lr": lr}})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.move(p, self.state[p], group["lr"])

    def move(self, p, state, lr):
        m = state.setdefault("m", torch.zeros_like(p)) if not state else state["m"]
        m.mul_(0.9).add_(p.grad, alpha=0.1)
        {body}
        p.add_(update, alpha=-lr)
"""


def write(folder: Path, version: int) -> None:
    """The package with every class as it was, 0, or as it becomes, 1."""
    (folder / "pack").mkdir(exist_ok=True)
    (folder / "pack" / "__init__.py").write_text("", encoding="utf-8")
    for name, bodies in CHANGES.items():
        text = TEMPLATE.format(name=name, body=bodies[version])
        (folder / "pack" / f"{name.lower()}.py").write_text(text, encoding="utf-8")


def line(name: str, text: str) -> str:
    """The place of the first line that holds a text, as the gate names it."""
    lines = TEMPLATE.format(name=name, body=CHANGES[name][1]).splitlines()
    number = next(n for n, each in enumerate(lines, start=1) if text in each)
    return f"pack/{name.lower()}.py:{number}"


def go(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "optreview", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80", "XDG_CACHE_HOME": str(folder / ".cache"), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The package measured as it was, two classes of it again, and all checked as they become."""
    folder = tmp_path_factory.mktemp("gate")
    write(folder, 0)
    broken = folder / "pack" / "broken.py"
    broken.write_text(TEMPLATE.format(name="Broken", body="update = m"), encoding="utf-8")
    first = go(folder, "baseline", "update", "pack", "--lint")
    content = (folder / "optreview-baseline.toml").read_bytes()
    broken.write_text(broken.read_text(encoding="utf-8") + "def (\n", encoding="utf-8")
    second = go(folder, "baseline", "update", "pack/steady.py", "pack/broken.py", "--lint")
    again = (folder / "optreview-baseline.toml").read_bytes()
    write(folder, 1)
    files = [f"--format={each}={folder / each}" for each in ("github", "json", "markdown", "sarif")]
    summary = folder / "summary"
    summary.write_text("Before.\n", encoding="utf-8")
    checked = go(
        folder, "check", "pack", "--lint", *files, "--format", "text", GITHUB_STEP_SUMMARY=str(summary)
    )
    record = json.loads((folder / "json").read_text(encoding="utf-8"))
    classes = {each["optimizer"].rpartition(":")[2]: each for each in record["optimizers"]}
    return {
        "first": first,
        "second": second,
        "same": content == again,
        "checked": checked,
        "record": record,
        "classes": classes,
        "formats": {
            each: (folder / each).read_text(encoding="utf-8") for each in ("github", "markdown", "sarif")
        },
        "summary": summary.read_text(encoding="utf-8"),
    }


def places(held: list[dict[str, Any]]) -> set[str]:
    return {f"{place['file']}:{place['line']}" for each in held for place in each["places"]}


def test_unchanged_classes_leave_the_file_byte_for_byte(done: dict[str, Any]) -> None:
    first, second = done["first"], done["second"]
    assert (first.returncode, first.stderr, second.stderr) == (0, "", "")
    assert first.stdout.count("added: pack.") == len(CHANGES) + 1
    assert second.stdout.endswith("optreview-baseline.toml: 10 optimizers; 0 added, 0 changed, 0 dropped.\n")
    assert done["same"]


def test_a_file_that_breaks_is_neither_gone_nor_passed(done: dict[str, Any]) -> None:
    said = done["second"].stdout
    assert done["second"].returncode == 3
    assert "not measured: pack.broken:Broken: It can no longer be run: pack/broken.py, line" in said
    assert "Its old figures stay." in said
    assert done["classes"]["Broken"]["verdict"] == "not-measured"
    assert "not measured: pack.broken:Broken\n  It can no longer be run" in done["checked"].stdout


def test_what_is_worse_is_worse_and_what_is_not_is_not(done: dict[str, Any]) -> None:
    assert done["checked"].returncode == 1, done["checked"].stderr
    verdicts = {name: each["verdict"] for name, each in done["classes"].items()}
    harmless = {"Steady", "Scalar"}
    expected = {name: "same" if name in harmless else "worse" for name in CHANGES}
    assert verdicts == {**expected, "Broken": "not-measured"}


@pytest.mark.parametrize(
    ("name", "run_name", "key", "text"),
    [
        ("Extra", "float32 default", "slow", "torch.zeros_like(p)).add_"),
        ("Wide", "bfloat16 default", "v", "dtype=torch.float32"),
        ("View", "float32 default", "v", "torch.zeros(2, *p.shape"),
        ("Closure", "float32 default", "hidden:", "kept[p] = "),
    ],
)
def test_a_buffer_is_named_with_its_line(
    done: dict[str, Any], name: str, run_name: str, key: str, text: str
) -> None:
    changes = [each for each in done["classes"][name]["changes"] if each["figure"] == "state"]
    (change,) = [each for each in changes if each["run"] == run_name]
    (part,) = change["parts"]
    assert part["key"].startswith(key)
    assert line(name, text) in places([part])
    assert line(name, text) in done["checked"].stdout


def test_state_that_is_wide_for_narrow_weights_only_is_told_of_them_alone(done: dict[str, Any]) -> None:
    changes = [each for each in done["classes"]["Wide"]["changes"] if each["figure"] == "state"]
    assert [(each["run"], each["before"], each["after"]) for each in changes] == [
        ("bfloat16 default", 4.0, 6.0)
    ]


def test_state_for_one_family_of_shapes_is_told_of_that_family(done: dict[str, Any]) -> None:
    conv = {each["run"]: each for each in done["classes"]["Conv"]["changes"]}
    assert {(each["figure"], each["family"]) for each in conv.values()} == {("state", "conv")}
    found = conv["float32 default"]
    assert (found["before"], found["after"], [part["key"] for part in found["parts"]]) == (4.0, 8.0, ["slow"])
    assert line("Conv", "torch.zeros_like(p)).add_") in places(found["parts"])
    matrix = [each for each in done["classes"]["Extra"]["changes"] if each["figure"] == "state"]
    assert {(each["family"], *each["only"]) for each in matrix} == {(None, "matrix")}
    view = [each for each in done["classes"]["View"]["changes"] if each["figure"] == "state"]
    assert {(each["family"], *each["only"]) for each in view} == {(None,)}


def test_a_rule_that_finds_more_is_named_with_the_line(done: dict[str, Any]) -> None:
    (found,) = done["classes"]["View"]["lint"]  # which makes its buffer where torch makes them by default
    assert (found["rule"], found["verdict"], found["before"], found["after"]) == (
        "buffer_without_device",
        "worse",
        0,
        1,
    )
    assert places([found]) == {line("View", "torch.zeros(2, *p.shape")}
    assert all(not each["lint"] for name, each in done["classes"].items() if name != "View")


def test_a_temporary_is_named_with_its_line(done: dict[str, Any]) -> None:
    changes = done["classes"]["Temporary"]["changes"]
    assert {each["figure"] for each in changes} == {"first_transient", "steady_transient"}
    assert line("Temporary", "m * 1.0") in places(changes)
    assert line("Temporary", "m * 1.0") in done["checked"].stdout


def test_a_growing_list_is_named_with_its_line(done: dict[str, Any]) -> None:
    growth = done["classes"]["Growing"]["growth"]
    assert (growth["verdict"], growth["before"], growth["after"]) == ("worse", "constant", "growing")
    assert any("past" in holder for holder in growth["holders"])
    assert line("Growing", "append") in places([growth])


def test_the_json_follows_its_schema(done: dict[str, Any]) -> None:
    jsonschema.validate(done["record"], json.loads(resources.check_schema().read_text(encoding="utf-8")))


def test_every_format_names_the_line_from_where_it_was_started(done: dict[str, Any]) -> None:
    place = line("Extra", "torch.zeros_like(p)).add_")
    file, _, number = place.partition(":")
    annotations = [
        each for each in done["formats"]["github"].splitlines() if "title=pack.extra%3AExtra" in each
    ]
    assert any(f"::error file={file},line={number},col=" in each for each in annotations)
    assert f"`{place}` `update = state.setdefault" in done["formats"]["markdown"]
    (run,) = json.loads(done["formats"]["sarif"])["runs"]
    found = [each for each in run["results"] if each["message"]["text"].startswith("pack.extra:Extra,")]
    physical = [each["locations"][0]["physicalLocation"] for each in found]
    assert (file, int(number)) in [
        (each["artifactLocation"]["uri"], each["region"]["startLine"]) for each in physical
    ]


def test_annotations_come_with_a_summary_of_the_step(done: dict[str, Any]) -> None:
    assert done["summary"] == "Before.\n" + done["formats"]["markdown"]


def test_the_worst_is_told_first(done: dict[str, Any]) -> None:
    verdicts = [each["verdict"] for each in done["record"]["optimizers"]]
    assert verdicts == ["worse"] * 7 + ["not-measured"] + ["same"] * 2
    assert done["checked"].stdout.endswith(
        "10 optimizers: 7 worse, 1 not measured, 2 unchanged. "
        "If it has to be so, 'optreview baseline update' accepts it.\n"
    )


def finished(found: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    return found.returncode, found.stderr


def test_without_a_baseline_nothing_is_run(tmp_path: Path) -> None:
    code, said = finished(go(tmp_path, "check", "pack"))
    assert code == 3
    assert said.endswith("with; 'optreview baseline update pack' makes it.\n")


def test_without_a_target_it_is_asked_for(tmp_path: Path) -> None:
    for command in (("check",), ("baseline", "update")):
        code, said = finished(go(tmp_path, *command))
        assert (code, "Name what to measure" in said) == (2, True)

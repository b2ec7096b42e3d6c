"""Every output of a check says what the check says, and nothing that a hostile name wants it to say."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from msgspec import structs

from optreview import plugins, resources
from optreview.records.gate import Held
from optreview.report.check_formats import badge, github, junit, markdown, text
from optreview.report.check_formats import json as json_format
from tests.report import checks
from tests.report.hostile import HOSTILE, rows_of, run_of

FORMATS = plugins.modules("optreview.report.check_formats")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
DANGEROUS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\x9b\u202e]")


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("module", FORMATS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_no_control_character_gets_out(module: Any, name: str) -> None:
    rendered = module.render(checks.hostile(name))
    assert (CONTROL if module is json_format else DANGEROUS).search(rendered) is None
    rendered.encode()


# ---- text


def test_text_has_the_buffer_its_line_and_both_figures() -> None:
    said = text.render(checks.check(checks.worse(changes=(checks.change(),))))
    assert said == (
        "worse: pack.adam:Adam\n"
        "  worse, float32 default: state 8 B → 12 B per parameter (26.08 GiB more at 7 billion parameters)\n"
        "    slow 0 B → 4 B, made at src/pack/adam.py:24\n"
        "1 optimizer: 1 worse. If it has to be so, 'optreview baseline update' accepts it.\n"
    )


def test_text_has_what_fills_a_budget() -> None:
    held = [f"b{number}" for number in range(9)]
    parts = tuple(Held(key=key, value=1.0) for key in held)
    said = text.render(checks.check(checks.worse(breaches=(checks.breach(parts=parts),))))
    assert "    b3 1 B\n    and 5 other buffers\n" in said
    assert "b4" not in said


@pytest.mark.parametrize("name", HOSTILE)
def test_no_line_of_text_is_a_workflow_command(name: str) -> None:
    lines = text.render(checks.hostile(name)).splitlines()
    assert [line for line in lines if line.strip().startswith("::") or "##[" in line] == []


# ---- JSON


@pytest.mark.parametrize("found", [checks.everything(), checks.check()])
def test_json_follows_the_shipped_schema(found: Any) -> None:
    schema = json.loads(resources.check_schema().read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json_format.render(found)), schema)


# ---- badge


@pytest.mark.parametrize(
    ("verdicts", "message", "color"),
    [
        (["worse", "not-measured", "same"], "1 of 3 worse", "red"),
        (["not-measured", "incomparable"], "1 of 2 not measured", "orange"),
        (["incomparable", "incomparable"], "2 of 2 not compared", "lightgrey"),
        (["same", "better", "added"], "3 optimizers, none worse", "brightgreen"),
    ],
)
def test_a_badge_says_the_worst_of_it(verdicts: list[str], message: str, color: str) -> None:
    found = checks.check(*(checks.other(f"a:B{n}", verdict) for n, verdict in enumerate(verdicts)))
    assert json.loads(badge.render(found)) == {
        "schemaVersion": 1,
        "label": "optimizer memory",
        "message": message,
        "color": color,
    }


# ---- all of them


def test_what_was_worse_once_only_is_told_as_worse_nowhere() -> None:
    odd = checks.other("a:B", "same", "Once only.", changes=(checks.change(verdict="unsteady"),))
    found = structs.replace(checks.everything(), optimizers=(odd,))
    assert github.render(found) == ""
    assert run_of(found)["results"] == []
    assert rows_of(markdown.render(found)) == []
    assert 'failures="0"' in junit.render(found)

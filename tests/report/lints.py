"""A made-up run of the linter, complete in every part."""

from __future__ import annotations

from typing import Any

from optreview.records import Issue, Keep, Lint, Linted, Position, Unread
from tests.samples import made

#: Names and texts that try to leave their place in an output.
HOSTILE = (
    "::error file=x.py,line=1::forged",
    "a\n::error::forged",
    "a\r\n::set-output name=x::y",
    "##[error]forged",
    "\x1b[31mred\x1b[0m",
    "100%0A::error::forged",
    "a,b:c;d=e",
    "\u202egnp.py",
    "</script><b>&amp;",
)


def issue(**more: Any) -> Issue:
    return made(
        Issue,
        more,
        {
            "rule": "host_sync",
            "severity": "warning",
            "confidence": "likely",
            "file": "src/optim.py",
            "line": 12,
            "column": 9,
            "end": Position(line=12, column=23),
            "message": "`item` reads a tensor back to the host.",
            "scope": "optim:Plain.step",
            "classes": ("optim:Plain",),
            "source": "        p.norm().item()",
            "fingerprint": "0" * 32 + ":1",
        },
    )


def lint(*issues: Issue, **more: Any) -> Lint:
    return made(
        Lint,
        more,
        {
            "schema_version": "1.0.0",
            "generator": "optreview",
            "generator_version": "0",
            "prefix": "",
            "rules": ("data_attribute", "host_sync", "undocumented_parameter"),
            "classes": (Linted(name="optim:Plain", file="src/optim.py", limits=()),),
            "issues": issues,
            "hidden": 0,
            "unread": (),
        },
    )


def everything() -> Lint:
    return lint(
        issue(),
        issue(rule="data_attribute", severity="error", line=13, end=None, source=""),
        issue(rule="undocumented_parameter", severity="info", line=14, end=Position(line=15, column=2)),
        issue(line=20, kept=Keep(by="comment", reason="the loss is needed")),
        issue(line=21, kept=Keep(by="project", reason="as published")),
        issue(file="/elsewhere/other file.py", scope="", classes=()),
        prefix="sub/dir",
        hidden=3,
        classes=(
            Linted(name="optim:Plain", file="src/optim.py", limits=()),
            Linted(name="optim:Half", file="src/optim.py", limits=("The base was not read.",)),
        ),
        unread=(Unread(file="broken.py", line=3, column=7, message="syntax error: '(' was never closed."),),
    )


def hostile(text: str) -> Lint:
    bad = issue(file=f"{text}.py", message=text, source=text, kept=None)
    kept = issue(line=30, file=f"{text}.py", kept=Keep(by="comment", reason=text))
    return lint(bad, kept, unread=(Unread(file=f"{text}.py", line=1, column=1, message=text),))

"""The verdicts on what the rules find in real packages: complete, and about rules that exist."""

from __future__ import annotations

import tomllib
from pathlib import Path

from optreview.evidence.static.rules import catalogue

VERDICTS = Path(__file__).parents[2] / "benchmarks" / "rule_precision" / "verdicts.toml"
SITES = tomllib.loads(VERDICTS.read_text(encoding="utf-8"))["site"]


def test_every_verdict_is_about_a_rule_and_a_false_one_says_why() -> None:
    rules = {rule.id for rule in catalogue()}
    for site in SITES:
        assert site["rule"] in rules
        assert site["by"] in {"reading", "run"}
        assert site["true"] or site["reason"]


def test_no_site_is_judged_twice() -> None:
    named = [tuple(site[key] for key in ("rule", "package", "file", "class", "line")) for site in SITES]
    assert len(named) == len(set(named))


def test_what_is_said_at_more_than_info_is_right_nine_times_in_ten() -> None:
    for rule in catalogue():
        judged = [site["true"] for site in SITES if site["rule"] == rule.id]
        assert rule.severity == "info" or sum(judged) >= 0.9 * len(judged), rule.id

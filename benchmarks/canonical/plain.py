"""Rules that are an older algorithm's, because what makes them another was not switched on, are withdrawn.

Only entries without equations are looked at: where the catalogue has equations, a test runs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from benchmarks.canonical.extraction import text_of
from optreview.evidence.dynamic.rule.kinship.kin import kin
from optreview.judgement import catalogue, identity
from optreview.judgement.catalogue import Canonical
from optreview.records import ProgramProof, UpdateRule

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.judgement.catalogue import Entry
    from optreview.records import KnownRule


def withdraw(folder: Path) -> list[str]:
    """Take their equations away and say why; the ids."""
    found = {
        path.stem: msgspec.json.decode(path.read_bytes(), type=Canonical) for path in folder.glob("*.json")
    }
    known = {each.entry: each for each in catalogue.known_among(tuple(found.values()), "")}
    withdrawn = []
    for entry in sorted(catalogue.load(), key=lambda each: (each.year, each.id)):
        if entry.id in known and not _written(entry) and (older := _older(entry, found[entry.id], known)):
            reason = f"Driven as it is, its rule is {older}'s: what makes it another is not switched on."
            bare = msgspec.structs.replace(found[entry.id], equations=(), reason=reason)
            (folder / f"{entry.id}.json").write_text(text_of(bare), encoding="utf-8")
            withdrawn.append(entry.id)
            del known[entry.id]
    return withdrawn


def _written(entry: Entry) -> bool:
    return bool(entry.equations or (entry.reference and entry.reference.equations))


def _older(entry: Entry, own: Canonical, known: dict[str, KnownRule]) -> str | None:
    """Name of an older rule that it is, but for where weight decay and eps stand."""
    before = [each for each in known.values() if each.year < entry.year]
    program = own.program or ProgramProof(verdict="unproven")
    for each in kin(UpdateRule(program=program, settings=own.settings, equations=own.equations), before):
        special = any(told.startswith("a special case") for told in each.differences)
        alike = each.verdict in {"same", "same-except"} or (each.behaviour or 1) < identity.NEAREST
        if alike and each.structure == 0 and not special:
            return known[each.entry].name
    return None

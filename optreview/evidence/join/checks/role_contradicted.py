"""Writes into something else than the source says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.join.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.join.beside import Beside
    from optreview.records import Finding, InPlaceSite, Observation


class RoleContradicted(Check):
    """The run wrote, at a listed place, into something else than the reading of the source says.

    A line that is read as a write into the state and that turns out to write into a parameter, or into the
    state under another key, was misread; or one tensor is held in two places.
    """

    remedy = "Look whether one tensor is held under two names."

    def findings(self, beside: Beside) -> Iterator[Finding]:
        """One finding for each write that no reading of its place allows."""
        for write in beside.writes:
            sites = beside.sites(write)
            if sites and write.role != "temporary" and not any(_allows(site, write) for site in sites):
                said = " or ".join(dict.fromkeys(_words(site.role, site.state_key) for site in sites))
                did = _words(write.role or "unknown", write.state_key)
                message = f"The run wrote into {did} here; the source reads as a write into {said}."
                yield self.finding(write.location, message, write.end)


def _allows(site: InPlaceSite, write: Observation) -> bool:
    if site.role == "unknown":
        return True
    if site.role != write.role:
        return False
    keys = (site.state_key, write.state_key)
    return None in keys or "*" in (site.state_key or "") or keys[0] == keys[1]


def _words(role: str, key: str | None) -> str:
    if role == "state":
        return f"the state `{key}`" if key else "state"
    return {"unknown": "something that could not be followed"}.get(role, f"a {role}")

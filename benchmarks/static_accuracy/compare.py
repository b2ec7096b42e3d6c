"""One class's reading against its runs, question by question."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from benchmarks.static_accuracy.tally import Tally
from optreview.evidence.join import join
from optreview.evidence.join.beside import Beside, matches, same_place
from optreview.evidence.join.checks.sparse_disagrees import agrees

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.static_accuracy.truth import Case
    from optreview.records import (
        DynamicEvidence,
        Finding,
        Location,
        Observation,
        Position,
        StateBuffer,
        StaticEvidence,
        Trace,
    )

READS = ("host_sync", "tensor_as_number")
Tallies = dict[str, Tally]


def compare(case: Case) -> Tallies:
    """Every question's tally for a class that ran."""
    measured = case.measured
    beside = Beside(case.evidence, measured)  # type: ignore[arg-type]
    found: Tallies = defaultdict(Tally)
    _state(beside, found)
    _writes(beside, found)
    _gradients(beside, found)
    _reads(beside, found)
    _sparse(beside, found["sparse verdict"])
    return found


def place(location: Location) -> str:
    """``file.py:12``."""
    return f"{location.file}:{location.line}"


# ---- state


def _state(beside: Beside, found: Tallies) -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    created = {}
    for trace in beside.traces:
        for kept in trace.state:
            if not kept.inherited:
                kinds[kept.key].update(kept.kinds)
                created[kept.key] = kept.created
    subject = beside.static.subject
    buffers = beside.static.state_buffers
    for key in sorted(kinds):
        claimed = any(matches(b.key, key) for b in buffers)
        where = place(created[key] or subject.location)
        found["state keys"].event(f"`{subject.class_name}` `{key}` ({where})", claimed=claimed)
    for buffer in buffers:
        keys = [key for key in kinds if matches(buffer.key, key)]
        ran = any(beside.ran(site) for site in buffer.sites)
        verdict = "seen" if keys else "not-seen" if ran else "not-reached"
        label = f"`{subject.class_name}` `{buffer.key}` ({place(buffer.sites[0])})"
        found["state keys"].claim(verdict, label)
        _kind(buffer, set().union(*(kinds[key] for key in keys)), label, found)
        _gate(beside, buffer, label, found["gates of buffers"])


def _kind(buffer: StateBuffer, real: set[str], label: str, found: Tallies) -> None:
    if real:
        known = buffer.kind != "unknown" or "unknown" in real
        tally = found["kinds of buffers"]
        tally.event(f"{label} is {'/'.join(sorted(real))}, not followed", claimed=known)
        if known:
            right = buffer.kind in real
            tally.claim(
                "seen" if right else "not-seen", f"{label} is {'/'.join(sorted(real))}, not {buffer.kind}"
            )


def _gate(beside: Beside, buffer: StateBuffer, label: str, tally: Tally) -> None:
    """A buffer without a gate is there at the defaults; one that an option brings names that option."""
    held = {t.options: any(matches(buffer.key, k.key) for k in t.state) for t in beside.traces}
    if () not in held or not any(held.values()):
        return
    if buffer.gate is None:
        tally.claim("seen" if held[()] else "not-seen", f"{label} depends on something")
        return
    if not held[()]:
        brought = {o.name for options, there in held.items() if there for o in options}
        named = bool(brought & set(buffer.gated_by))
        tally.event(f"{label} depends on {'/'.join(sorted(brought))}, not {buffer.gate}", claimed=named)


# ---- writes


def _writes(beside: Beside, found: Tallies) -> None:
    name = beside.static.subject.class_name
    happened: dict[tuple[Location, Position], list[Observation]] = defaultdict(list)
    for write in beside.writes:
        happened[write.location, write.end].append(write)
    for (location, _), writes in happened.items():
        sites = beside.sites(writes[0])
        roles = {w.role for w in writes}
        if not all(site.certain for site in sites):  # there, a temporary goes without saying
            roles = roles - {"temporary"} or roles
        label = f"`{name}` {place(location)}"
        found["in-place sites"].event(f"{label} writes {_joined(roles)}", claimed=bool(sites))
        if sites:
            said = {site.role for site in sites}
            told = f"{label} writes {_joined(roles)}, read as {_joined(said)}"
            found["roles, exactly"].event(told, claimed=said == roles)
            found["roles, among those read"].event(told, claimed=roles <= said)
    for location, end in _spans(beside.static):
        verdict = beside.verdict(location, end, lambda o: o.kind == "in-place")
        found["in-place sites"].claim(verdict, f"`{name}` {place(location)}")


def _spans(static: StaticEvidence) -> Iterable[tuple[Location, Position | None]]:
    return sorted({(s.location, s.end) for s in static.in_place_sites}, key=str)


def _joined(words: Iterable[object]) -> str:
    return "/".join(sorted(map(str, words)))


# ---- gradients


def _is_gradient(observation: Observation) -> bool:
    return observation.kind == "in-place" and observation.role == "gradient"


def _gradients(beside: Beside, found: Tallies) -> None:
    name = beside.static.subject.class_name
    claims = [s for s in beside.static.in_place_sites if s.role == "gradient"]
    verdicts = [beside.verdict(s.location, s.end, _is_gradient) for s in claims]
    for site, verdict in zip(claims, verdicts, strict=True):
        found["gradient writes, by line"].claim(verdict, f"`{name}` {place(site.location)}")
    for write in beside.writes:
        if write.role == "gradient":
            claimed = any(s.role == "gradient" for s in beside.sites(write))
            found["gradient writes, by line"].event(f"`{name}` {place(write.location)}", claimed=claimed)
    changed = any(t.gradients_mutated for t in beside.traces) or any(map(_is_gradient, beside.writes))
    reached = [v for v in verdicts if v != "not-reached"]
    by_class = found["gradient writes, by class"]
    if changed:
        by_class.event(f"`{name}`", claimed=bool(claims))
    if claims:
        by_class.claim("seen" if changed else "not-seen" if reached else "not-reached", f"`{name}`")


# ---- reads from device to host


def _reads(beside: Beside, found: Tallies) -> None:
    findings = [f for f in beside.static.findings if f.rule in READS]
    _read_tally(beside, found["host reads, by the source alone"], findings)
    plain = [t for t in beside.traces if not t.options]
    joined = join(beside.static, _only(beside.dynamic, plain))
    if joined is None:
        return
    refuted = {(c.rule, c.location) for c in joined.confirmations if c.verdict == "not-seen"}
    standing = [f for f in findings if (f.rule, f.location) not in refuted]
    added = [f for f in joined.findings if f.rule == "host_read_unlisted"]
    _read_tally(beside, found["host reads, after the join with a run at the defaults"], standing + added)


def _only(dynamic: DynamicEvidence, traces: list[Trace]) -> DynamicEvidence:
    return msgspec.structs.replace(dynamic, traces=tuple(traces))


def _read_tally(beside: Beside, tally: Tally, findings: list[Finding]) -> None:
    name = beside.static.subject.class_name
    for location, end in sorted({(f.location, f.end) for f in findings}, key=str):
        tally.claim(
            beside.verdict(location, end, lambda o: o.kind == "host-read"), f"`{name}` {place(location)}"
        )
    for read in beside.reads:
        claimed = any(same_place(f.location, f.end, read) for f in findings)
        tally.event(f"`{name}` {place(read.location)}", claimed=claimed)


# ---- sparse gradients


def _sparse(beside: Beside, tally: Tally) -> None:
    tried = beside.measured("sparse_gradients")
    verdict = beside.static.sparse
    agreed = agrees(verdict, tried.value) if tried is not None else None
    if tried is not None and agreed is not None:
        label = f"`{beside.static.subject.class_name}` reads as {verdict.handling}: {tried.note}"
        tally.claim("seen" if agreed else "not-seen", label)

"""The rule of one entry's implementation, driven in the box with the entry's options."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import warnings
from typing import TYPE_CHECKING

import msgspec

from optreview import targets
from optreview.evidence.dynamic import wire
from optreview.evidence.dynamic.rule.language import parse
from optreview.evidence.dynamic.verify import contradiction
from optreview.evidence.dynamic.wire import Job, Measure
from optreview.judgement.catalogue import Canonical
from optreview.records import Option

if TYPE_CHECKING:
    from optreview.evidence.dynamic.client import Runner
    from optreview.judgement.catalogue import Entry, Reference
    from optreview.records import UpdateRule


def written(runner: Runner, entry: Entry) -> tuple[str, str]:
    """The file's text, and what became of the entry in a few words."""
    found = canonical(runner, entry)
    proofs = ", ".join(f"{each.dimensions}d {each.proof.verdict}" for each in found.equations)
    return text_of(found), found.reason or proofs


def text_of(found: Canonical) -> str:
    """The file's text."""
    return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"


def canonical(runner: Runner, entry: Entry) -> Canonical:
    """The rule, or the sentence that says why there is none."""
    reference = entry.reference
    if reference is None:
        return Canonical(entry=entry.id, reason="The catalogue names no implementation of it.")
    try:
        version = importlib.metadata.version(reference.package).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return Canonical(entry=entry.id, reason=f"{reference.package} is not installed.")
    options = _options(entry, reference)
    base = Canonical(
        entry=entry.id,
        package=reference.package,
        version=version,
        implementation=reference.implementation,
        options=options,
    )
    (target,) = targets.resolve(reference.implementation)
    job = Job(target=target, traces=(), probes=(), only_traces=True, rule=True, rule_options=options)
    answered = runner.ask(Measure(job=job), None)
    rules = [] if answered is None else [r.rule for r in answered[1].replies if isinstance(r, wire.Extracted)]
    if answered is None or not rules:
        return msgspec.structs.replace(base, reason="It could not be driven.")
    if wrong := contradiction(answered[1].replies, job, "cpu"):
        return msgspec.structs.replace(base, reason=f"What was measured contradicts itself: {wrong}.")
    (rule,) = rules
    reason = "" if any(each.text for each in rule.equations) else rule.program.reason or _why(rule)
    # the lines are those of the installed files, which no reader of the rule has before him
    made = tuple(msgspec.structs.replace(each, lines=()) for each in rule.equations)
    return msgspec.structs.replace(
        base, program=rule.program, settings=rule.settings, equations=made, reason=reason
    )


def _why(rule: UpdateRule) -> str:
    return next((each.proof.reason for each in rule.equations if each.proof.reason), "It has no equations.")


def _options(entry: Entry, reference: Reference) -> tuple[Option, ...]:
    """The entry's own; knobs that are off stay off unless the algorithm has them, or decay weights."""
    given = dict(reference.options)
    for name in _off(reference):
        if name not in given and name not in _mentioned(entry) and "decay" not in name:
            given[name] = "0.0"
    return tuple(Option(name=name, value=value) for name, value in sorted(given.items()))


def _off(reference: Reference) -> list[str]:
    module, name = reference.implementation.split(":")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cls = getattr(importlib.import_module(module), name)
    parameters = inspect.signature(cls).parameters.values()
    return [
        p.name
        for p in parameters
        if isinstance(p.default, int | float) and p.default is not False and p.default == 0
    ]


def _mentioned(entry: Entry) -> set[str]:
    texts = (entry.equations, entry.reference.equations if entry.reference else None)
    names = set().union(*(parse(text).names.read for text in texts if text))
    return {entry.bind.get(name, name).partition("[")[0] for name in names}

"""The catalogue of known optimizers: one TOML file each, ``rubrics/catalogue/<id>.toml``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

import msgspec

from optreview import resources
from optreview.judgement import datafiles
from optreview.records import Equations, Identity, KnownRule, Option, ProgramProof

if TYPE_CHECKING:
    from optreview.records import Subject


class Companion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An argument that a conversion presupposes, as Python source text.

    Attributes:
        required: Without the argument in the signature the conversion does not hold at all.
    """

    name: str
    value: str
    reason: str
    required: bool = False


class Conversion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a user's AdamW setting carries over.

    Attributes:
        lr: Factor on AdamW's learning rate, or None where no mapping is known.
        weight_decay: Factor on AdamW's weight decay, or None to leave it out.
        published: False when the factor is a rule of thumb; the review then says so.
        advice: One sentence on what to watch when converting.
        source: Who says so.
        companions: Arguments to set along with it.
    """

    advice: str
    source: str
    published: bool
    companions: tuple[Companion, ...] = ()
    lr: float | None = None
    weight_decay: float | None = None


class Reference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An implementation that stands for the algorithm.

    Attributes:
        implementation: ``package.module:Class``.
        package: The distribution it comes from, and ``version``: the one that was compared.
        options: Arguments that make it this algorithm, as Python source texts.
        equations: What it computes, where that is not what the entry's equations say, or it has none.
    """

    implementation: str
    package: str
    version: str
    options: dict[str, str] = {}
    equations: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A known optimization algorithm.

    Attributes:
        year: Of the first publication.
        ancestor: Name of the rule it starts from, and ``change``: what it does differently.
        idea: Two sentences.
        scaling: Which batch-size rule applies: square root for adaptive methods, linear for SGD.
        watch: What to look at while training with it.
        users: What its users should know.
        tune: Hyperparameters to search first, the most important one first.
        symbols: The paper's symbol of an argument of the reference, or of an item of it: ``betas[0]``.
        equations: The paper's update, in the language of ``optreview.notation``.
        initial: What state starts from where it is not zero, in the same language.
        bind: The argument of the reference, or the item of it, that a name of the equations stands for,
            where the names differ.
        deviations: What the reference does otherwise than the paper.
        departs: Ids of the ways of departing that running it has shown of the reference, or another
            implementation.
    """

    id: str
    name: str
    paper: str
    year: int
    url: str
    family: str
    idea: str
    change: str
    watch: str
    conversion: Conversion
    scaling: Literal["sqrt", "linear", "none"]
    tune: tuple[str, ...] = ("lr", "weight_decay")
    ancestor: str | None = None
    aliases: tuple[str, ...] = ()
    users: str | None = None
    symbols: dict[str, str] = {}
    reference: Reference | None = None
    equations: str | None = None
    initial: dict[str, str] = {}
    bind: dict[str, str] = {}
    deviations: tuple[str, ...] = ()
    departs: tuple[str, ...] = ()


class Canonical(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The rule of an entry's reference, as it was extracted: ``rubrics/catalogue/canonical/<id>.json``.

    Attributes:
        options: Constructor arguments under which it was extracted.
        settings: Those that were switched on besides.
        program: Whether the recorded program is what the implementation computes.
        reason: Why there are no equations; empty where there are.
    """

    entry: str
    package: str = ""
    version: str = ""
    implementation: str = ""
    options: tuple[Option, ...] = ()
    settings: tuple[Option, ...] = ()
    program: ProgramProof | None = None
    equations: tuple[Equations, ...] = ()
    reason: str = ""


@cache
def canonical() -> tuple[Canonical, ...]:
    """What was extracted of every entry, sorted by id."""
    paths = sorted((resources.rubrics() / "catalogue" / "canonical").glob("*.json"))
    return tuple(msgspec.json.decode(path.read_bytes(), type=Canonical) for path in paths)


def shows_another(entry_id: str) -> bool:
    """Driven as it is, the entry's own implementation has an older rule: its own comes later, or is off."""
    found = next((each for each in canonical() if each.entry == entry_id), None)
    return bool(found and found.program and found.program.verdict == "proven" and not found.equations)


def known_rules(class_name: str) -> tuple[KnownRule, ...]:
    """Every rule that an optimizer can be compared with."""
    return known_among(canonical(), class_name)


def known_among(extracted: tuple[Canonical, ...], class_name: str) -> tuple[KnownRule, ...]:
    """Those of them that are rules."""
    named = identify(class_name)
    entries = {known.id: known for known in load()}
    return tuple(
        _known(entries[each.entry], each.equations, named=named is not None and named.entry == each.entry)
        for each in extracted
        if each.equations and each.entry in entries
    )


def _known(one: Entry, equations: tuple[Equations, ...], *, named: bool) -> KnownRule:
    return KnownRule(
        entry=one.id,
        name=one.name,
        year=one.year,
        equations=equations,
        paper=one.equations or "",
        initial=tuple(Option(name=name, value=text) for name, text in sorted(one.initial.items())),
        bind=tuple(Option(name=name, value=place) for name, place in sorted(one.bind.items())),
        named=named,
    )


@cache
def load() -> tuple[Entry, ...]:
    """Every known optimizer, sorted by id.

    Raises:
        InputError: A file does not follow the format.
    """
    paths = sorted((resources.rubrics() / "catalogue").glob("*.toml"))
    return tuple(datafiles.decode(path, Entry, id=path.stem) for path in paths)


def entry(entry_id: str) -> Entry | None:
    """The entry with this id, if the catalogue has it."""
    return next((known for known in load() if known.id == entry_id), None)


def ancestors(of: Entry) -> frozenset[str]:
    """Ids of the rules that it starts from, and of those that they start from: older in whatever year."""
    names = {known.name: known for known in load()}
    found: set[str] = set()
    origin = names.get(of.ancestor or "")
    while origin is not None and origin.id not in {of.id, *found}:
        found.add(origin.id)
        origin = names.get(origin.ancestor or "")
    return frozenset(found)


def is_read_from(entry: Entry, subject: Subject) -> bool:
    """Whether the class is the implementation that the entry's rule was read from."""
    if entry.reference is None:
        return False
    module, _, name = entry.reference.implementation.partition(":")
    return name == subject.class_name and f"{subject.module}.".startswith(f"{module}.")


def identify(class_name: str) -> Identity | None:
    """The entry whose name or alias is the class's name; what the code does is not looked at."""
    wanted = class_name.lower()
    for known in load():
        if wanted in {name.lower() for name in (known.name, *known.aliases)}:
            return Identity(entry=known.id, name=known.name, grounds="class name")
    return None

"""What is left of an update rule when numbers are forgotten: which state enters the update, and how.

State has no names here. A running mean stands as ``avg`` of what it is the mean of wherever it is used, its
value before the step as ``lag`` of it, and a recurrence of another kind as ``rec`` with ``back`` for itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.reader import Reader
from optreview.evidence.dynamic.rule.kinship.tree import Node, has, numbered, stripped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from optreview.evidence.dynamic.rule.language import Rule
    from optreview.notation.syntax import Expression

_HALF = 0.5
#: More than running means are told apart by, and less than powers are.
_APART = 1e-8
#: Cases that are looked at one by one.
_MOST = 8


@dataclass(frozen=True)
class Skeleton:
    """The normal form of the update.

    Attributes:
        tree: Of the change of the parameter, without weight decay.
        cases: Where conditions part the steps: the normal form of each case by itself.
        proportional: Weight decay goes with the parameter.
        conditions: The normal forms of these conditions.
        decay: Hyperparameters without which the parameter does not enter: weight decay.
        rates: Of every running mean, the decay's number in the tree, with the hyperparameter that gives it.
    """

    tree: Node
    decay: tuple[str, ...]
    rates: Mapping[int, str] = field(default_factory=dict)
    cases: tuple[Node, ...] = ()
    proportional: bool = True
    conditions: tuple[Node, ...] = ()


def skeleton(rule: Rule, values: Mapping[str, float]) -> Skeleton:
    """The normal form.

    Args:
        rule: In the language of rules.
        values: Of its hyperparameters.
    """
    known = {name: values.get(name, _HALF) for name in sorted(rule.names.read - {"g", "p", "t"})}
    told = _told_apart(known)
    off = {name for name in known if "weight_decay" in name or name in {"wd", "decay"}}
    tree = _tree(rule, {**told, **dict.fromkeys(off, 0.0)})
    if has(tree, "p"):
        for name in sorted(set(known) - off):
            without = _tree(rule, {**told, **dict.fromkeys(off | {name}, 0.0)})
            if not has(without, "p") and without == stripped(tree):
                off, tree = off | {name}, without
                break
    rates = {round(value, 9): name for name, value in told.items()}
    found = numbered(tree)
    cases, conditions = _cases(rule, {**told, **dict.fromkeys(off, 0.0)})
    proportional = not off or has(_tree(rule, {**told, **dict.fromkeys(off, _HALF)}), "p")
    return Skeleton(
        found,
        tuple(sorted(off)),
        dict(_rates(found, rates)),
        cases,
        proportional=proportional,
        conditions=conditions,
    )


def _cases(rule: Rule, values: Mapping[str, float]) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Each way through the conditions as a rule of its own, and what decides; none where nothing does."""
    found: list[Node] = []
    conditions: dict[Expression, Node] = {}
    waiting: list[dict[Expression, bool]] = [{}]
    while waiting and len(found) < _MOST:
        reader = Reader(rule, values, waiting.pop())
        found.append(numbered(reader.update()))
        conditions |= reader.conditions
        taken = dict(reader.given or {})
        for each in reader.met:
            waiting.append({**taken, each: False})
            taken[each] = True
    return (tuple(dict.fromkeys(found)), tuple(conditions.values())) if len(found) > 1 else ((), ())


def _told_apart(values: Mapping[str, float]) -> dict[str, float]:
    """Values that happen to be the same are made to differ, by so little that a power stays what it is."""
    found = {}
    for index, (name, value) in enumerate(sorted(values.items())):
        found[name] = value - _APART * index if _HALF < value < 1 else value * (1 + _APART * index)
    return found


def _rates(tree: Node, names: Mapping[float, str]) -> Iterable[tuple[int, str]]:
    seen: set[str] = set()
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if one.digest in seen:
            continue
        seen.add(one.digest)
        waiting.extend(one.children)
        if one.rate is not None and round(one.rate, 9) in names:
            yield int(one.label.partition(":")[2]), names[round(one.rate, 9)]


def _tree(rule: Rule, values: Mapping[str, float]) -> Node:
    return Reader(rule, values).update()

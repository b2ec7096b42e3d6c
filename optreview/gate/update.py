"""The pipeline of ``baseline update``: measure, write, and say what has become different."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from optreview.errors import InputError, MeasurementError
from optreview.gate import baseline, budgets
from optreview.gate.distil import minor
from optreview.gate.measuring import Gauge, resolved
from optreview.gate.scope import Scope
from optreview.records import BASELINE_FORMAT, Baseline
from optreview.report import figures

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from optreview.gate.measuring import How, Measured
    from optreview.review import Observer


@dataclass(frozen=True)
class Updated:
    """What an update did to a baseline.

    Attributes:
        changed: The optimizers with other figures, each with all of its differences in words.
        unmeasured: Optimizers that could not be measured, and files that could not be read, with why;
            ``kept`` are those of them whose old figures are still in the baseline.
        total: Optimizers in the baseline now.
    """

    added: tuple[str, ...]
    changed: tuple[tuple[str, tuple[str, ...]], ...]
    dropped: tuple[str, ...]
    unmeasured: tuple[tuple[str, str], ...]
    kept: frozenset[str]
    total: int


def update(path: Path, specs: Sequence[str], how: How, observer: Observer, *, whole: bool = False) -> Updated:
    """Measure the targets and write what they take; what they do not speak for stays as it is.

    Raises:
        InputError: A target, or the baseline that is there, cannot be used; nothing has been written then.
        MeasurementError: Nothing could be measured; nothing has been written then.
    """
    old = baseline.load(path) if path.exists() else None
    known = {} if old is None else old.optimizers
    scope = Scope(specs, whole=whole)
    with Gauge(resolved(specs), how, observer, how.cache()) as gauge:
        budgets.check_use((), how.exempt, {*gauge.candidates, *known})
        exempt = gauge.exempt
        found = list(gauge.everything())
    failed = {each.name: each.failure for each in found if each.failure is not None}
    if len(failed) == len(found):
        raise MeasurementError(_nothing(failed))
    new = measured_baseline(found)
    failed |= gauge.lost(known.keys() - gauge.candidates)
    after = merged(
        old, new, failed, lambda name: name in exempt or name in gauge.candidates or scope.holds(name)
    )
    baseline.save(path, after)
    return Updated(
        added=tuple(sorted(after.optimizers.keys() - known)),
        changed=tuple(_changed(old, after)) if old is not None else (),
        dropped=tuple(sorted(known.keys() - after.optimizers)),
        unmeasured=tuple(sorted({**failed, **gauge.unreadable}.items())),
        kept=frozenset(failed.keys() & after.optimizers),
        total=len(after.optimizers),
    )


def merged(
    old: Baseline | None, new: Baseline, failed: Collection[str], covers: Callable[[str], bool]
) -> Baseline:
    """What was measured, and of the old baseline what the targets do not cover or could not be measured.

    Figures of two versions of torch, or of two devices, do not go into one file; what could not be measured
    is dropped then.

    Raises:
        InputError: What the targets do not cover would have to stay in a file with figures unlike it.
    """
    if old is None:
        return new
    alike = (old.torch, old.device) == (new.torch, new.device)
    rest = {name: each for name, each in old.optimizers.items() if name not in new.optimizers}
    others = {name: each for name, each in rest.items() if not covers(name)}
    if others and not alike:
        raise InputError(
            f"The baseline was made with torch {old.torch} on {old.device}, and this is torch {new.torch} on "
            f"{new.device}. It would keep {len(others)} of its optimizers as they were, such as "
            f"{min(others)}; update all of them at once."
        )
    stay = {name: each for name, each in rest.items() if alike and name in failed}
    return msgspec.structs.replace(new, optimizers={**others, **stay, **new.optimizers})


def measured_baseline(found: Iterable[Measured]) -> Baseline:
    """The baseline of what could be measured, which is something."""
    held = {each.name: each.figures for each in found if each.figures is not None}
    environment = next(each.evidence.environment for each in found if each.evidence is not None)
    return Baseline(
        format=BASELINE_FORMAT,
        torch=minor(environment.torch),
        device=environment.device,
        optimizers=held,
    )


def _nothing(failed: dict[str, str]) -> str:
    if failed:
        return f"Nothing could be measured: {next(iter(failed.values()))}"
    return "There is nothing to measure: every optimizer of the targets is exempt."


def _changed(old: Baseline, new: Baseline) -> Iterator[tuple[str, tuple[str, ...]]]:
    heads = [{"torch": each.torch, "device": each.device} for each in (old, new)]
    for name in sorted(old.optimizers.keys() & new.optimizers):
        before, after = (msgspec.to_builtins(each.optimizers[name]) for each in (old, new))
        told = (*_differences(heads[0], heads[1]), *_differences(before, after))
        if told:
            yield name, told


def _differences(before: object, after: object, where: str = "") -> Iterator[str]:
    """Every value that differs, by the keys that lead to it."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from _differences(before.get(key), after.get(key), f"{where} {key}".strip())
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple):
        was, now = Counter(before), Counter(after)
        yield from (f"{where}: no longer {each!r}" for each in (was - now).elements())
        yield from (f"{where}: now {each!r}" for each in (now - was).elements())
    elif before != after:
        yield f"{where}: {_shown(before)} → {_shown(after)}"


def _shown(value: object) -> str:
    if isinstance(value, dict | list | tuple):
        return figures.count(len(value), "entry", "entries")
    return "nothing" if value is None else str(value)

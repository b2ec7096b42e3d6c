"""The pipeline of an assertion about memory: what a test asks → a check of one optimizer → an answer."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from optreview.cli import configuration, gating, progress
from optreview.errors import InputError, MeasurementError
from optreview.evidence.dynamic.wire import Limits
from optreview.gate import baseline as file
from optreview.gate.budgets import Amount, Budget
from optreview.gate.check import Rules, check
from optreview.gate.measuring import How
from optreview.records import BASELINE_FORMAT, Baseline
from optreview.report.check_formats import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optreview.cli.configuration import Project
    from optreview.records import Check, FigureName


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an optimizer may take, and how that is measured, checked."""

    state_ratio: float | None = None
    state: str | None = None
    hidden: str | None = None
    host: str | None = None
    first_transient: str | None = None
    steady_transient: str | None = None
    dtype: Literal["float32", "bfloat16"] | None = None
    baseline: bool | str = False
    device: Literal["auto", "cpu", "cuda"] = "cpu"
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it takes more than it may, and what there is to say; ``incomparable`` is neither."""

    verdict: Literal["fine", "worse", "incomparable"]
    told: str


def ask(optimizer: object, asked: Mapping[str, object]) -> Answer:
    """Measure an optimizer, once for all tests that ask the same.

    Args:
        optimizer: A class, or a target.
        asked: What it may take, as ``Asked`` has it.

    Raises:
        InputError: What is asked cannot be.
        MeasurementError: It could not be measured, or is not in the baseline that it is to be compared with.
    """
    try:
        wanted = msgspec.convert(dict(asked), Asked)
    except msgspec.ValidationError as error:
        raise InputError(f"An assertion about memory cannot be used: {error}.") from error
    found = _checked(_target(optimizer), wanted)
    told = "\n".join(text.blocks(found))
    verdicts = {each.verdict for each in found.optimizers}
    if "worse" in verdicts:
        return Answer("worse", told)
    if "not-measured" in verdicts or (wanted.baseline and "added" in verdicts):
        raise MeasurementError(told)
    return Answer("incomparable" if "incomparable" in verdicts else "fine", told)


def _target(optimizer: object) -> str:
    """A class as a target: its file and its name."""
    if isinstance(optimizer, str):
        return optimizer
    if not inspect.isclass(optimizer) or "." in optimizer.__qualname__:
        raise InputError(f"{optimizer!r} is no class at the top level of a file, which it has to be.")
    try:
        path = inspect.getsourcefile(optimizer)
    except (TypeError, OSError):
        path = None
    if path is None:
        raise InputError(f"{optimizer!r} has no source file.")
    return f"{path}:{optimizer.__name__}"


@functools.cache
def _checked(target: str, asked: Asked) -> Check:
    project = configuration.load(Path.cwd())
    budgets = _budgets(target.rpartition(":")[2] if ":" in target else "*", asked)
    if not budgets and not asked.baseline:
        raise InputError("Say what it may take, as in state_ratio=1.0, or compare with baseline=True.")
    rules = Rules(project.tolerance, budgets)
    how = How(device=asked.device, limits=Limits(wall_seconds=asked.timeout), cached=True)
    with progress.show(lambda _: None, quiet=True) as watcher:
        found = check(_known(target, asked, project), (target,), rules, how, watcher, kept=how.cache())
    if asked.baseline:
        return found
    # Nothing was known before, which is no news here.
    alone = (
        msgspec.structs.replace(e, reasons=() if e.verdict == "worse" else e.reasons)
        for e in found.optimizers
    )
    return msgspec.structs.replace(found, optimizers=tuple(alone))


def _budgets(name: str, asked: Asked) -> tuple[Budget, ...]:
    """What is asked as budgets of a project; the two on state are two of them."""
    figures: tuple[FigureName, ...] = ("state", "hidden", "host", "first_transient", "steady_transient")
    written = {figure: limit for figure in figures if (limit := getattr(asked, figure)) is not None}
    found = [Budget(name, {figure: Amount.of(limit)}, asked.dtype) for figure, limit in written.items()]
    if asked.state_ratio is not None:
        amount = Amount(f"{asked.state_ratio:g}x AdamW", asked.state_ratio, "AdamW")
        found.append(Budget(name, {"state": amount}, asked.dtype))
    return tuple(found)


def _known(target: str, asked: Asked, project: Project) -> Baseline:
    """The baseline to compare with; an empty one where none is asked for."""
    if not asked.baseline:
        return Baseline(format=BASELINE_FORMAT, torch="", device="", optimizers={})
    usual = str(project.values.get("baseline", gating.FILE))
    return file.load(Path(usual if asked.baseline is True else str(asked.baseline)), target)

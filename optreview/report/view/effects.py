"""Whether an option moves the weights, alone or beside what may gate it, in words that claim no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.frozen import Frozen

if TYPE_CHECKING:
    from optreview.records import Combination, MemoryRun, OptionRun


class Effect(Frozen, frozen=True):
    """What an option was seen to do.

    Attributes:
        verdict: ``yes``, ``no``, ``memory alone``, ``not alone`` or ``not decided``.
        seen_with: The settings in which it had an effect, for ``not alone``.
        nor_with: The settings in which it had none either.
        peak: That of the step is ``more`` or ``less`` in the first setting of ``seen_with``, on a smaller
            model; empty where it is as much.
    """

    verdict: str
    seen_with: tuple[str, ...] = ()
    nor_with: tuple[str, ...] = ()
    peak: str = ""

    @property
    def idle(self) -> bool:
        """It moved no weight, wherever it was tried."""
        return self.verdict in {"no", "memory alone"}


def effect(option: OptionRun, default: MemoryRun, combinations: tuple[Combination, ...]) -> Effect:
    """The verdict on one option that was run."""
    run = option.run
    assert run is not None
    if (run.trajectory, run.steps) != (default.trajectory, default.steps):
        return Effect("yes")
    if not default.finite:
        return Effect("not decided")
    own = [each for each in combinations if each.option == option.option]
    if any(each.changes and not each.together and each.dtype == "float32" for each in own):
        return Effect("yes")  # on a smaller model, whose gradients are others
    moving = [each for each in own if each.changes]
    seen = tuple(map(words, moving))
    idle = "no" if _memory(run) == _memory(default) else "memory alone"
    nor = tuple(words(each) for each in own if not each.changes)
    change = moving[0].peak_change if moving else 0
    return Effect(
        "not alone" if seen else idle, seen, nor, ("more" if change > 0 else "less") if change else ""
    )


def _memory(run: MemoryRun) -> tuple[object, ...]:
    return run.series, run.first_transient_bytes, run.steady_transient_bytes


def words(combination: Combination) -> str:
    """The setting in which an option was tried, as source text."""
    others = ", ".join(f"{each.name}={each.value}" for each in combination.together)
    return others if combination.dtype == "float32" else f"{combination.dtype}, {others}".removesuffix(", ")

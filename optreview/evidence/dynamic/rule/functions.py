"""The functions in a rule that have no text, at hand: its steps are read again, and they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.phases import LateError
from optreview.evidence.dynamic.rule.equations.extract import MATRIX, VECTOR
from optreview.evidence.dynamic.rule.equations.recording import recorded
from optreview.evidence.dynamic.rule.equations.rule import rule
from optreview.evidence.dynamic.rule.equations.ways import read
from optreview.evidence.dynamic.rule.kinship.oracles import ORACLES
from optreview.evidence.dynamic.rule.language import render

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from optreview.evidence.dynamic.rule.program.settings import Settings
    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.records import Equations

_SHAPES = {2: MATRIX, 1: VECTOR}
_WAYS = tuple(
    {"sized": sized, "tall": tall, "first": first}
    for sized in (True, False)
    for first in (False, True)
    for tall in ((False, True) if sized else (False,))
)


@dataclass(frozen=True)
class Functions:
    """Of one rule.

    Attributes:
        blocks: What computes each, by its name in the text.
        shape: Of the tensor on which they were recorded: they may take no other.
    """

    blocks: Mapping[str, Callable[..., Tensor]]
    shape: tuple[int, ...]


def functions(stage: Stage, settings: Settings, found: Equations) -> Functions | None:
    """Those of the text; None where it has none, or where it is not read the same again.

    Args:
        stage: The class and how it is driven.
        settings: Constructor arguments under which the text was read.
        found: The text.
    """
    shape = _SHAPES.get(found.dimensions)
    if not found.text or shape is None or not set(found.blocks) - ORACLES:
        return None
    try:
        steps = recorded(stage, settings, shape)
    except LateError:
        raise
    except Exception:  # noqa: BLE001 - reviewed code raises what it likes
        return None
    for way in _WAYS:
        try:
            reading = read(steps, **way)
            text = render(rule(reading))
        except LateError:
            raise
        except Exception:  # noqa: BLE001, S112 - algebra has limits
            continue
        if text == found.text:
            reading.blocks.numbers, reading.blocks.shape = reading.start.numbers, shape
            return Functions(reading.blocks.implementations, shape)
    return None

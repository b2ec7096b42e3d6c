"""Hugging Face's ``TrainingArguments``, for the classes that transformers has a name for."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from optreview import resources
from optreview.judgement import datafiles
from optreview.judgement.literals import value_of
from optreview.judgement.styles import UnfitError

if TYPE_CHECKING:
    from optreview.judgement.styles import Call
    from optreview.records import Setting

TITLE = "transformers.TrainingArguments"
_PAIR = 2
#: Its arguments for those of a constructor.
_NAMES = {"lr": "learning_rate", "weight_decay": "weight_decay"}


class Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A class and its name in transformers; ``adam``: it gets the arguments for betas and eps."""

    module: str
    class_name: str = msgspec.field(name="class")
    name: str
    adam: bool = False


class _Optimizers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    optimizers: tuple[Named, ...]


def lines(call: Call) -> tuple[list[str], list[str]]:
    """The arguments; the class itself stands in for Trainer where they are run."""
    known = next(
        (n for n in _optimizers() if n.class_name == call.name and _within(call.module, n.module)), None
    )
    if known is None:
        raise UnfitError("transformers has no name for this class; give Trainer the optimizer itself.")
    entries = [f'    optim="{known.name}",', f"    per_device_train_batch_size={call.batch},"]
    unsaid: list[Setting] = []
    for setting in call.settings:
        said = _said(setting, known)
        entries += said
        unsaid += [] if said else [setting]
    text = ["from transformers import TrainingArguments", "", "arguments = TrainingArguments("]
    text += ['    output_dir="output",', *entries, ")"]
    if unsaid:
        kept = ", ".join(f"{s.name}={s.value}" for s in unsaid)
        text.append(f"# not among its arguments: {kept}")
    given = ", ".join(f"{s.name}={s.value}" for s in call.settings)
    first = f"{call.parameters}, " if given else call.parameters
    return text, [call.importing, f"optimizer = {call.name}({first}{given})", *call.after.splitlines()]


def _said(setting: Setting, known: Named) -> list[str]:
    if setting.name in _NAMES:
        return [f"    {_NAMES[setting.name]}={setting.value},"]
    value = value_of(setting.value)
    if known.adam and setting.name == "betas" and isinstance(value, tuple) and len(value) == _PAIR:
        return [f"    adam_beta1={value[0]!r},", f"    adam_beta2={value[1]!r},"]
    if known.adam and setting.name == "eps":
        return [f"    adam_epsilon={setting.value},"]
    return []


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@cache
def _optimizers() -> tuple[Named, ...]:
    return datafiles.decode(resources.rubrics() / "trainer.toml", _Optimizers).optimizers

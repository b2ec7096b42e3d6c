"""Hugging Face's ``TrainingArguments``, for the classes that transformers has a name for.

Trainer gives an optimizer the learning rate, the weight decay, betas and eps of its own arguments, whatever
the class has for defaults: where the two differ, the default of the class is printed as well.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from optreview import resources
from optreview.judgement import datafiles
from optreview.judgement.literals import value_of
from optreview.judgement.styles import UnfitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.judgement.styles import Call

TITLE = "transformers.TrainingArguments"
_PAIR = 2


class Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A class and its name in transformers.

    Attributes:
        takes: Its arguments that Trainer fills from its own ones, besides the learning rate and the decay.
        also: Its arguments that Trainer reads out of the text ``optim_args``.
        beside: Arguments of ``TrainingArguments`` that go with it, as Python source text.
    """

    module: str
    class_name: str = msgspec.field(name="class")
    name: str
    takes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    beside: dict[str, str] = {}


class _Trainer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Defaults of ``TrainingArguments``, and the classes that it has a name for."""

    defaults: dict[str, float]
    optimizers: tuple[Named, ...]


def named(module: str, class_name: str) -> Named | None:
    """What transformers calls a class; None for most."""
    fitting = (n for n in _trainer().optimizers if n.class_name == class_name and _within(module, n.module))
    return next(fitting, None)


def lines(call: Call) -> tuple[list[str], list[str]]:
    """The arguments; the class itself stands in for Trainer where they are run."""
    known = named(call.module, call.name)
    if known is None:
        raise UnfitError("transformers has no name for this class; give Trainer the optimizer itself.")
    given = {s.name: s.value for s in call.settings}
    if value_of({**call.defaults, **given}.get("lr")) is None:
        raise UnfitError("Trainer gives it a learning rate, and none is known for it.")
    told = dict(_told(call, known, given))
    text = ["from transformers import TrainingArguments", "", "arguments = TrainingArguments("]
    text += ['    output_dir="output",', f'    optim="{known.name}",']
    text += [f"    per_device_train_batch_size={call.batch},"]
    text += [f"    {name}={value}," for name, value in told.items()]
    text.append(")")
    heard = {"lr", "weight_decay", *known.takes, *known.also}
    if unsaid := [f"{name}={value}" for name, value in given.items() if name not in heard]:
        text.append(f"# not among its arguments: {', '.join(unsaid)}")
    arguments = ", ".join(f"{name}={value}" for name, value in given.items())
    first = f"{call.parameters}, " if arguments else call.parameters
    return text, [call.importing, f"optimizer = {call.name}({first}{arguments})", *call.after.splitlines()]


def _told(call: Call, known: Named, given: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Arguments of ``TrainingArguments`` with their values, as source text."""
    for name in ("lr", "weight_decay", *known.takes):
        source = given.get(name, call.defaults.get(name))
        for argument, value in _argument(name, source):
            if name in given or value_of(value) != _trainer().defaults[argument]:
                yield argument, value
    texts = [f"{name}={given[name]}" for name in known.also if name in given]
    if texts:
        yield "optim_args", f'"{",".join(texts)}"'
    yield from known.beside.items()


def _argument(name: str, source: str | None) -> list[tuple[str, str]]:
    value = value_of(source)
    if source is None or value is None:
        return []
    if name == "betas":
        pair = value if isinstance(value, tuple) and len(value) == _PAIR else ()
        return [(f"adam_beta{place}", repr(each)) for place, each in enumerate(pair, start=1)]
    return [({"lr": "learning_rate", "eps": "adam_epsilon"}.get(name, name), source)]


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@cache
def _trainer() -> _Trainer:
    return datafiles.decode(resources.rubrics() / "trainer.toml", _Trainer)

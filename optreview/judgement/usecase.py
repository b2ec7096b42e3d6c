"""What the optimizer is wanted for: use cases and hardware tiers, both data."""

from __future__ import annotations

import difflib
from functools import cache
from typing import TYPE_CHECKING, Annotated

import msgspec

from optreview import models, resources
from optreview.errors import InputError
from optreview.judgement import criteria, datafiles
from optreview.models import families
from optreview.records import Purpose, Tier, UseCase

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from optreview.records import ModelShapes
    from optreview.records.scale import Dtype

DEFAULT = "multimodal_transformer"
DEFAULT_STYLE = "torch"
#: The dimension whose criteria are the needs that a use case can have.
DIMENSION = "use_case"


class _Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tiers: Annotated[tuple[Tier, ...], msgspec.Meta(min_length=1, max_length=20)]


def names() -> tuple[str, ...]:
    """The built-in use cases."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


@cache
def load(use_case_id: str = DEFAULT) -> UseCase:
    """The use case of ``rubrics/usecases/<id>.toml``."""
    path = _folder() / f"{use_case_id}.toml"
    return checked(datafiles.decode(path, UseCase, id=use_case_id), str(path.name))


def read(path: Path, text: dict[str, object]) -> UseCase:
    """The use case of a user's file, of which ``text`` is what it holds.

    Raises:
        InputError: It does not follow the format, or names what there is not.
    """
    try:
        found = msgspec.convert({**text, "id": path.stem}, UseCase)
    except msgspec.ValidationError as error:
        raise InputError(f"The use case {path} cannot be used: {_fault(error)}.") from error
    return checked(found, str(path))


def checked(case: UseCase, where: str) -> UseCase:
    """The use case, once every name in it is known.

    Raises:
        InputError: It names a need, a model or a family that there is not.
    """
    _known(where, "need", case.needs, needs())
    _known(where, "family", filter(None, [case.family]), families.names())
    _known(where, "frozen model", filter(None, [case.frozen]), models.names())
    if not case.needs:
        raise InputError(f"The use case {where} has no needs; they are {', '.join(needs())}.")
    return case


def shapes(case: UseCase) -> ModelShapes:
    """The use case's built-in model, in its dtype.

    Raises:
        InputError: There is none of that name.
    """
    return in_dtype(case.model or "", case.dtype)


@cache
def in_dtype(name: str, dtype: Dtype) -> ModelShapes:
    """A built-in model in a dtype, which its title names where it is not the usual one."""
    model = models.built_in(name)
    if model.dtypes == (dtype,):
        return model
    tensors = tuple(msgspec.structs.replace(each, dtype=dtype) for each in model.tensors)
    return msgspec.structs.replace(model, title=f"{model.title} in {dtype}", tensors=tensors)


def with_model(purpose: Purpose, name: str) -> Purpose | None:
    """The same for another model, of which no family is known; None where a record cannot hold its name."""
    case = msgspec.to_builtins(purpose.use_case) | {"model": name, "family": None, "frozen": None}
    try:
        return msgspec.structs.replace(purpose, use_case=msgspec.convert(case, UseCase))
    except msgspec.ValidationError:
        return None


def in_dtype_of(purpose: Purpose | None, given: Iterable[ModelShapes]) -> Purpose | None:
    """The job in the dtype that most tensors of its own model have, where it is among those given."""
    own = next((m for m in given if purpose and m.name == purpose.use_case.model and m.dtypes), None)
    if purpose is None or own is None:
        return purpose
    case = msgspec.structs.replace(purpose.use_case, dtype=own.dtypes[0])
    return msgspec.structs.replace(purpose, use_case=case)


def needs() -> tuple[str, ...]:
    """Everything that a use case can need: the criteria of the dimension."""
    return tuple(sorted(each.id for each in criteria.load() if each.dimension == DIMENSION))


@cache
def tiers() -> tuple[Tier, ...]:
    """The hardware tiers of ``rubrics/tiers.toml``, smallest first."""
    return datafiles.decode(resources.rubrics() / "tiers.toml", _Tiers).tiers


def read_tiers(text: object, where: str) -> tuple[Tier, ...]:
    """A user's tiers: a table with a list ``tiers``.

    Raises:
        InputError: They do not follow the format, or two have one id.
    """
    try:
        found = msgspec.convert(text, _Tiers).tiers
    except msgspec.ValidationError as error:
        raise InputError(f"The tiers of {where} cannot be used: {_fault(error)}.") from error
    if len({each.id for each in found}) < len(found):
        raise InputError(f"The tiers of {where} cannot be used: two have the same id.")
    return found


@cache
def purpose() -> Purpose:
    """What a review is for where nobody says."""
    return Purpose(use_case=load(), tiers=tiers(), style=DEFAULT_STYLE)


def _folder() -> Path:
    return resources.rubrics() / "usecases"


def _fault(error: Exception) -> str:
    return str(error).replace("Object", "the table")


def _known(where: str, kind: str, given: Iterable[str], known: tuple[str, ...]) -> None:
    for word in given:
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1)
            rest = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}."
            raise InputError(f"The use case {where} names a {kind} {word!r} that there is not; {rest}")

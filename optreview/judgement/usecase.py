"""What the optimizer is wanted for: a use case and the hardware tiers, both data."""

from __future__ import annotations

import msgspec

from optreview import resources
from optreview.judgement import datafiles

DEFAULT = "multimodal_transformer"


class UseCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A training job and the AdamW setting it usually runs with (lr ``lr`` at batch ``batch``)."""

    id: str
    title: str
    description: str
    batch: int
    lr: float
    weight_decay: float
    beta2: float


class Tier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A class of hardware. ``tight`` switches off what costs memory during a step."""

    id: str
    title: str
    batch: int
    tight: bool


class _Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tiers: tuple[Tier, ...]


def load(use_case_id: str = DEFAULT) -> UseCase:
    """The use case of ``rubrics/usecases/<id>.toml``."""
    path = resources.rubrics() / "usecases" / f"{use_case_id}.toml"
    return datafiles.decode(path, UseCase, id=use_case_id)


def tiers() -> tuple[Tier, ...]:
    """The hardware tiers of ``rubrics/tiers.toml``, smallest first."""
    return datafiles.decode(resources.rubrics() / "tiers.toml", _Tiers).tiers

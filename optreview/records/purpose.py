"""What a review is for: the job that the optimizer is wanted for, the hardware, how settings are printed."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from optreview.records.common import Record
from optreview.records.scale import Dtype

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
_Name = Annotated[str, msgspec.Meta(pattern=r"^[\w.:-]{1,120}\Z")]
_Share = Annotated[float, msgspec.Meta(ge=0, lt=1)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1 << 40)]


class Usual(Record, frozen=True, kw_only=True):
    """The optimizer that a job is trained with today, and its setting.

    Attributes:
        name: Its name, as the catalogue has it.
        source: Where the setting is from, when it is published.
    """

    name: _Text = "AdamW"
    lr: Annotated[float, msgspec.Meta(gt=0, le=1e6)]
    weight_decay: Annotated[float, msgspec.Meta(ge=0, le=1e6)] = 0.0
    betas: tuple[_Share, _Share] = (0.9, 0.999)
    source: _Text | None = None


class UseCase(Record, frozen=True, kw_only=True):
    """A training job.

    Attributes:
        id: The name of a built-in one, or that of the user's file.
        description: What follows the title and a comma in a sentence.
        model: The name of the model whose memory matters, as the record or ``optreview.models`` has it.
        frozen: A built-in model whose weights are held besides, and not trained.
        family: The models of one kind, small to large, among which the largest that fits is looked for.
        dtype: Of parameters and gradients.
        batch: Examples a step of the optimizer, at the setting of ``optimizer``.
        needs: Ids of the criteria that the job's fit is judged by.
    """

    id: _Name
    title: _Text
    description: _Text
    model: _Name | None = None
    frozen: _Name | None = None
    family: _Name | None = None
    dtype: Dtype = "bfloat16"
    batch: Count
    optimizer: Usual
    needs: tuple[_Name, ...]


class Tier(Record, frozen=True, kw_only=True):
    """A class of hardware.

    Attributes:
        gib: Its memory, in GiB.
        device: Whose memory that is: the processor's or a GPU's.
        batch: Examples that it takes at once.
        tight: Switch off what costs memory in a step.
    """

    id: _Name
    title: _Text
    gib: Annotated[float, msgspec.Meta(gt=0, le=1e6)]
    device: Literal["cpu", "cuda"]
    batch: Count
    tight: bool


class Purpose(Record, frozen=True, kw_only=True):
    """What was asked for besides the optimizer; kept, so that a record is judged anew for the same.

    Attributes:
        style: How settings are printed: the name of a file in ``optreview.judgement.styles``.
    """

    use_case: UseCase
    tiers: tuple[Tier, ...]
    style: _Name = "torch"

"""A dictionary inside MMEngine's ``optim_wrapper``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.judgement.styles import config

if TYPE_CHECKING:
    from optreview.judgement.styles import Call

TITLE = "a configuration nested under optim_wrapper"


def lines(call: Call) -> tuple[list[str], list[str]]:
    """The wrapper's dictionary, with the optimizer's in it."""
    inner = [f"    {line}" for line in config.entries(call)]
    text = [
        *config.registration(call),
        "optim_wrapper = dict(",
        '    type="OptimWrapper",',
        "    optimizer=dict(",
        *inner,
        "    ),",
        ")",
    ]
    return text, config.building(call, 'optim_wrapper["optimizer"]')

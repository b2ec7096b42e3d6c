"""What driving a class asks of a training loop, in words: ``rubrics/protocols.toml``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from optreview import resources
from optreview.judgement import datafiles

if TYPE_CHECKING:
    from optreview.records import Evidence, Measurement

_MEASURED = "plain_protocol"


@cache
def words() -> dict[str, str]:
    """A sentence for each protocol that an ordinary loop does not follow."""
    return datafiles.decode(resources.rubrics() / "protocols.toml", dict[str, str])


def told(measurement: Measurement, evidence: Evidence) -> Measurement:
    """The measurement of the loop with what the class asks for; as it is where no words are known."""
    if measurement.id != _MEASURED or measurement.value is not False or evidence.dynamic is None:
        return measurement
    recipe = evidence.dynamic.recipe
    names = recipe.protocols or (recipe.protocol,)
    found = dict.fromkeys(words()[name] for name in names if name in words())
    return msgspec.structs.replace(measurement, note=" ".join(found)) if found else measurement

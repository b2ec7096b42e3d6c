"""Arguments that are mandatory though the signature does not say so: the error names them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.evidence.dynamic import customary
from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

_MISSING = re.compile(r"__init__\(\) missing \d+ required (?:positional|keyword-only) arguments?: (.+)")
_UNSET = re.compile(r"didn't specify a value of required optimization parameter (\w+)")
_NAME = re.compile(r"'(\w+)'")


class MissingArguments(Protocol):
    """The error is Python's about missing arguments, or torch's about a group without a required value."""

    order = 3
    again = True

    def suits(self, clues: Clues) -> bool:
        """Read from the error, if every argument that it names has a customary value."""
        return clues.stage == "build" and bool(self.arguments(clues))

    def arguments(self, clues: Clues) -> Mapping[str, str]:
        """A customary value for each of them, or nothing."""
        missing = _MISSING.search(clues.error)
        names = _NAME.findall(missing[1]) if missing else _UNSET.findall(clues.error)
        values = {name: customary.value(name) for name in names}
        return {} if None in values.values() else {name: str(value) for name, value in values.items()}

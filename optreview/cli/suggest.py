"""The nearest known name to a mistyped one."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from optreview.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable


def unknown(kind: str, word: str, known: Iterable[str], remedy: str) -> InputError:
    """The error for a name that nothing has; ``remedy`` is what to do when no known name is near.

    Letter case does not keep two names apart.
    """
    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), names, n=1)
    rest = f"did you mean {names[near[0]]!r}?" if near else f"{remedy}."
    return InputError(f"There is no {kind} {word!r}; {rest}")

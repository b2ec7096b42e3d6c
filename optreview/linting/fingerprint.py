"""What makes an issue the same one although its line has moved: its rule, its definition and its source."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.records import Issue


def of(rule: str, scope: str, source: str) -> str:
    """The fingerprint of an issue; white space in its source does not count."""
    parts = (rule, scope, " ".join(source.split()))
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:32]


def numbered(issues: Sequence[Issue]) -> Iterator[Issue]:
    """Tells apart, by their order, issues of equal source in one definition."""
    seen = Counter[str]()
    for issue in issues:
        seen[issue.fingerprint] += 1
        yield msgspec.structs.replace(issue, fingerprint=f"{issue.fingerprint}:{seen[issue.fingerprint]}")

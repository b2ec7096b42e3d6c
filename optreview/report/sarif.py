"""The frame of a SARIF 2.1.0 log, which code scanning services and editors read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from optreview.report.paths import from_root

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"

Json = dict[str, Any]


def log(driver: Json, invocation: Json, results: Sequence[Json]) -> str:
    """A log of one run as text, ending in one newline."""
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [invocation],
        "results": list(results),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def artifact(prefix: str, file: str) -> Json:
    """A file by its address; ``prefix`` is the folder that its path counts from."""
    path = from_root(prefix, file)
    if path.startswith("/"):
        return {"uri": "file://" + quote(path)}
    return {"uri": quote(path), "uriBaseId": _ROOT}


def rule_name(rule: str) -> str:
    """What viewers show for a rule's id: ``HostSync`` for ``host_sync``."""
    return "".join(word.capitalize() for word in rule.split("_"))

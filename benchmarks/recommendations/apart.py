"""An interpreter of its own that knows nothing of optreview: the independent truth."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

#: Seconds for importing torch and the packages, and all that the program does.
_PATIENCE = 900


def answers(program: str, given: object) -> list[dict[str, Any]]:
    """What a program prints last, a list in JSON, about what it is given as JSON.

    Raises:
        RuntimeError: It failed; the end of what it said.
    """
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found: list[dict[str, Any]] = json.loads(done.stdout.strip().splitlines()[-1])
    return found

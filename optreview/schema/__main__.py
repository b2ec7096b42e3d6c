"""Write the schema of the current record version to its place in the package."""

from __future__ import annotations

from optreview import resources
from optreview.schema import generate

if __name__ == "__main__":
    resources.schema().write_text(generate(), encoding="utf-8")

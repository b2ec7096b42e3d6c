"""Write the schemas of the current versions to their places in the package."""

from __future__ import annotations

from optreview.schema import generate

if __name__ == "__main__":
    for path, text in generate().items():
        path.write_text(text, encoding="utf-8")

"""``python -m optreview`` is ``optreview``."""

from __future__ import annotations

from optreview.cli import main

if __name__ == "__main__":
    main()

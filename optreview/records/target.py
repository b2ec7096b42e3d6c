"""What the user named."""

from __future__ import annotations

from optreview.records.common import Record


class Target(Record, frozen=True, kw_only=True):
    """What the user named, resolved to a file without importing anything. Never saved: it holds local paths.

    Attributes:
        spec: The target as the user typed it.
        path: Absolute path of the source file.
        root: Absolute folder that must be importable for ``module`` to import.
        module: Dotted module name below ``root`` (the file's stem for a lone file).
        package: Name of the review's folder: the top-level package, or the stem of a lone file.
        lone: True when the file is in no package, so that it is loaded by path.
        class_name: The class asked for, or None for every optimizer in the file.
        search_path: Further absolute folders from which the file's absolute imports may resolve.
    """

    spec: str
    path: str
    root: str
    module: str
    package: str
    lone: bool
    class_name: str | None = None
    search_path: tuple[str, ...] = ()

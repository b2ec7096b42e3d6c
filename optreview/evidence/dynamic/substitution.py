"""Importing changed source without a changed file: what a file would do if it were written differently."""

from __future__ import annotations

import linecache
import os
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import decode_source
from typing import TYPE_CHECKING

import msgspec

from optreview.evidence.dynamic.failures import RefusalError
from optreview.records import Failure

if TYPE_CHECKING:
    from pathlib import Path
    from types import CodeType


def install(texts: Path) -> None:
    """From now on, import the texts of that JSON file in place of the files that they are listed under.

    This process is a boxed child that ends with its job, so nothing is put back.

    Raises:
        RefusalError: A file has been imported already, so that the change would not be seen.
    """
    contents = msgspec.json.decode(texts.read_bytes(), type=dict[str, bytes])
    loaded = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
    already = sorted(contents.keys() & {os.path.realpath(path) for path in loaded if path})
    if already:
        name = os.path.basename(already[0])  # noqa: PTH119 - not worth a Path
        message = f"{name} is in use by optreview itself, so a changed copy of it cannot be tried."
        raise RefusalError(Failure(kind="import-failed", message=message))
    _substitute(contents)


def _substitute(contents: dict[str, bytes]) -> None:
    from_file = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
        text = contents.get(os.path.realpath(loader.path))
        if text is None:
            return from_file(loader, fullname)
        code: CodeType = compile(text, loader.path, "exec", dont_inherit=True)
        _show(loader.path, text)
        return code

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]


def _show(path: str, text: bytes) -> None:
    """Have ``inspect`` find the text that runs; an entry without a time is never read again from the disk."""
    decoded = decode_source(text)
    linecache.cache[path] = (len(decoded), None, decoded.splitlines(keepends=True), path)

"""Whatever the encoding and the ends of lines: places are those that Python itself finds, or one sentence."""

from __future__ import annotations

import ast
import hashlib
import io
import os
import re
import tokenize
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from optreview.errors import InputError
from optreview.evidence.static import discover, read, survey
from optreview.evidence.static.source.library import Library
from optreview.targets import resolve

if TYPE_CHECKING:
    from pathlib import Path


def source(head: str = "", before: str = "") -> str:
    """An optimizer with one use of ``.data``, behind some text on the same line."""
    return (
        f"import torch\n{head}\nclass Plain(torch.optim.Optimizer):\n    def step(self, closure=None):\n"
        "        for group in self.param_groups:\n            for p in group['params']:\n"
        f"                {before}p.data.add_(p.grad)\n"
    )


COOKIE = "# -*- coding: {} -*-\n"
READ = {
    "latin-1": (COOKIE.format("latin-1") + source("s = 'é'", "'é'; ")).encode("latin-1"),
    "a cookie in the second line": (
        "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n" + source("s = '€'", "'€'; ")
    ).encode("cp1252"),
    "Shift JIS": (COOKIE.format("shift_jis") + source("s = '表'", "'表'; ")).encode("shift_jis"),
    "byte order mark": b"\xef\xbb\xbf" + source("", "'é'; ").encode(),
    "byte order mark and cookie": b"\xef\xbb\xbf# coding: utf-8\n" + source("", "'é'; ").encode(),
    "form feed between statements": source("\f\nx = 1").encode(),
    "form feed at the start": ("\f" + source()).encode(),
    "form feed before a class": source("\f").replace("\f\n", "\f").encode(),
    "form feed in an indentation": source().replace("    def", "  \f    def").encode(),
    "form feed in a string": source("s = 'a\fb'", "'\f'; ").encode(),
    "line separators in strings": source(
        "s = 'a\u2028b\u2029\x85\x1c\x1d\x1e\v'", "'\u2028\x1c\x85'; "
    ).encode(),
    "line separators in a comment": source("# \v \x1c \u2028 x").encode(),
    "CRLF": source("", "'é'; ").replace("\n", "\r\n").encode(),
    "CR": source("", "'é'; ").replace("\n", "\r").encode(),
    "mixed ends of lines": source("x = 1\r\ny = 2\rz = '''\r\n\r'''").encode(),
    "tabs": source().replace("    ", "\t").encode(),
    "no end of the last line": source().rstrip().encode(),
    "a comment at the end": (source() + "# x").encode(),
    "a continued line": source("x = 1 + \\\n  2", "x = \\\n            ").encode(),
    "surrogates": source("s = '\\ud800'", "self.state[p]['\\udc80'] = 1; ").encode(),
    "identifiers": source("größe = 1", "変数 = ﬁ = 1; ").encode(),
    "wide characters": source("", "'😀e\u0301'; ").encode(),
}


def expected(data: bytes) -> tuple[int, int]:
    """Line and column of ``p.data``, from Python's parser, which counts columns in bytes of UTF-8."""
    (node,) = (n for n in ast.walk(ast.parse(data)) if isinstance(n, ast.Attribute) and n.attr == "data")
    text = data.decode(tokenize.detect_encoding(io.BytesIO(data).readline)[0]).removeprefix("\ufeff")
    line = re.split("\r\n|\r|\n", text)[node.lineno - 1]
    return node.lineno, len(line.encode()[: node.col_offset].decode()) + 1


@pytest.mark.parametrize("name", READ)
def test_places_are_those_of_python(name: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.py"
    path.write_bytes(READ[name])
    (found,) = survey(resolve(str(path))).found
    evidence = read(found)
    assert evidence.limits == ()
    places = [each.location for each in evidence.findings if each.rule == "data_attribute"]
    assert [(place.line, place.column) for place in places] == [expected(READ[name])]


UTF_8 = "odd.py is not UTF-8 text; save it as UTF-8 or declare its encoding in the first line."
REFUSED = {
    "null byte": (
        source("s = '\0'").encode(), 2, 6, "odd.py contains null bytes, so it is not Python source.",
    ),
    "null byte at the end": (
        (source() + "\0").encode(), 8, 1, "odd.py contains null bytes, so it is not Python source.",
    ),
    "latin-1 without a cookie": (source("s = 'é'").encode("latin-1"), 2, 6, UTF_8),
    "a surrogate's bytes": (source("s = 'é'").encode().replace("é".encode(), b"\xed\xa0\x80"), 2, 6, UTF_8),
    "an unknown encoding": (
        ("# coding: klingon\n" + source()).encode(), 1, 11,
        "odd.py declares the encoding `klingon`, which is not known.",
    ),
    "another encoding than declared": (
        ("# coding: ascii\n" + source("s = 'é'")).encode(), 3, 6,
        "odd.py is not text in the encoding `ascii` that it declares.",
    ),
    "a mark of UTF-8 and another cookie": (
        b"\xef\xbb\xbf# coding: latin-1\n" + source().encode(), 1, 12,
        "odd.py is not text in the encoding `latin-1` that it declares.",
    ),
    "a backslash at the end": (
        (source() + "\\").encode(), 8, 2, "syntax error: unexpected EOF while parsing.",
    ),
    "a control character": (
        (source() + "\x1a").encode(), 8, 1, "syntax error: invalid non-printable character U+001A.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_text_is_refused_at_its_place(name: str, tmp_path: Path) -> None:
    data, line, column, what = REFUSED[name]
    path = tmp_path / "odd.py"
    path.write_bytes(data)
    with pytest.raises((SyntaxError, ValueError)):
        compile(data, "odd.py", "exec")  # Python refuses it as well
    (broken,) = survey(resolve(str(path))).broken
    assert (broken.line, broken.what) == (line, what)
    assert broken.column == column
    with pytest.raises(InputError):
        discover(resolve(str(path)))


@pytest.mark.parametrize("data", [b"", b"  \n\n", b"\xef\xbb\xbf", b"\r", b"# x", b"\f"])
def test_a_file_without_statements_holds_no_class(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "odd.py"
    path.write_bytes(data)
    assert survey(resolve(str(path))).broken == ()
    with pytest.raises(InputError, match="defines no class"):
        discover(resolve(str(path)))


def test_what_is_no_regular_file_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "plain.py").write_text(source())
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "dangling.py").symlink_to("nowhere.py")
    with pytest.raises(InputError, match=r"pipe.py cannot be read: it is not a regular file\."):
        resolve(str(tmp_path / "pipe.py"))
    with pytest.raises(InputError, match=r"folder.py holds no Python source"):
        resolve(str(tmp_path / "folder.py"))
    seen = survey(resolve(str(tmp_path)))
    assert [each.target.class_name for each in seen.found] == ["Plain"]
    assert sorted(each.what for each in seen.broken) == [
        "dangling.py cannot be read: No such file or directory.",
        "pipe.py cannot be read: It is not a regular file.",
    ]


def test_a_file_that_changes_after_discovery_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "odd.py"
    path.write_text(source())
    (found,) = discover(resolve(str(path))).found
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_text("x = 1\n")
    evidence = read(found)
    assert evidence.subject.source.sha256 == digest
    assert evidence.in_place_sites
    fresh = replace(found, library=Library())
    with pytest.raises(InputError, match="defines no class `Plain`"):
        read(fresh)

"""A file's bytes as a syntax tree, or one sentence about what is wrong with them."""

from __future__ import annotations

import ast
import gc
import re

import libcst as cst

from optreview.evidence.static.source import python_parser
from optreview.evidence.static.source.nesting import too_deep


class UnreadableError(Exception):
    """A file could not be parsed. ``sentence`` tells the user which, where and why.

    Attributes:
        line: Where the fault is, as far as that is known.
        what: The sentence without the place.
    """

    def __init__(self, sentence: str, line: int = 1, column: int = 1, what: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.line, self.column = line, column
        self.what = what or sentence

    def again(self) -> UnreadableError:
        """The same error without the frames that it was raised through."""
        return UnreadableError(self.sentence, self.line, self.column, self.what)


def _syntax_error(data: bytes, shown: str, error: cst.ParserSyntaxError) -> UnreadableError:
    """Python's own parser names the place better; libcst's is the fallback where the two disagree."""
    line, column, what = error.raw_line, error.raw_column + 1, "invalid syntax"
    try:
        python_parser.parsed(data)
    except SyntaxError as own:
        line, column, what = own.lineno or line, own.offset or column, own.msg
    except (ValueError, RecursionError, MemoryError):
        pass
    else:
        # It is Python, of a kind that this parser does not take.
        message = f"{shown} could not be parsed beyond line {line}."
        return UnreadableError(message, line, max(column, 1))
    sentence = f"{shown}, line {line}, column {column}: syntax error: {what}."
    return UnreadableError(sentence, line, max(column, 1), f"syntax error: {what}.")


def _not_text(data: bytes, shown: str) -> UnreadableError:
    """What the bytes are not: text of the encoding that the first lines declare, UTF-8 without them."""
    declared = _COOKIE.match(data)
    name = declared[1].decode() if declared else "utf-8"
    at = declared.start(1) if declared else 0
    message = f"{shown} is not text in the encoding `{name}` that it declares."
    try:
        data.decode(name)
    except UnicodeDecodeError as error:
        at = error.start
    except LookupError:
        message = f"{shown} declares the encoding `{name}`, which is not known."
    if declared is None:
        message = f"{shown} is not UTF-8 text; save it as UTF-8 or declare its encoding in the first line."
    return UnreadableError(message, *_place(data, at))


#: The declaration of an encoding, in the first line or the second (PEP 263).
_COOKIE = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:[ \t\f]*(?:#[^\r\n]*)?\r?\n)?[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)"
)


def _place(data: bytes, at: int) -> tuple[int, int]:
    """Line and column of a byte, as far as the bytes before it are text."""
    lines = data[:at].decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return len(lines), len(lines[-1]) + 1


#: Form feeds in front of a statement; Python starts counting its indentation behind them.
_FEEDS = re.compile(rb"^[ \t]*\f[ \t\f]*?(?=[ \t]*[^ \t\f])", re.MULTILINE)


def _tree(data: bytes) -> cst.Module:
    """The tree; form feeds in an indentation, which are rare and which this parser misreads, are left out."""
    try:
        return cst.parse_module(data)
    except cst.ParserSyntaxError:
        plain = _FEEDS.sub(b"", data)
        if plain == data or not _same(data, plain):
            raise
        return cst.parse_module(plain)


def _same(one: bytes, other: bytes) -> bool:
    try:
        return ast.dump(python_parser.parsed(one)) == ast.dump(python_parser.parsed(other))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


#: Bytes. The largest sources written by hand have half of it; the parser takes a second for a quarter of it.
_LARGEST = 2_000_000


def parse(data: bytes, shown: str) -> cst.Module:
    """Parse a file's bytes, or say in one sentence what is wrong with them."""
    if b"\0" in data:
        message = f"{shown} contains null bytes, so it is not Python source."
        raise UnreadableError(message, *_place(data, data.index(b"\0")))
    if len(data) > _LARGEST:
        message = f"{shown} has {len(data) / 1e6:.1f} MB; files above {_LARGEST // 10**6} MB are not read."
        raise UnreadableError(message)
    if too_deep(data):
        message = f"{shown} is nested too deeply to be parsed."
        raise UnreadableError(message)
    collecting = gc.isenabled()
    gc.disable()  # a parse only allocates; collecting in the middle of it doubles its time
    try:
        return _tree(data)
    except cst.ParserSyntaxError as error:
        raise _syntax_error(data, shown, error) from None
    except (SyntaxError, UnicodeDecodeError, LookupError):
        raise _not_text(data, shown) from None
    except (RecursionError, MemoryError):
        message = f"{shown} is nested too deeply to be parsed."
        raise UnreadableError(message) from None
    except Exception as error:  # noqa: BLE001 - another parser's bug must not end the review
        message = f"{shown} could not be parsed ({type(error).__name__})."
        raise UnreadableError(message) from None
    finally:
        if collecting:
            gc.enable()

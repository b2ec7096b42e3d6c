"""What the docstrings say: descriptions and defaults of parameters, summary, citations."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.source.classes import methods
from optreview.evidence.static.source.literals import text_of
from optreview.evidence.static.source.modules import ConstantRef

if TYPE_CHECKING:
    from docstring_parser import Docstring as DocstringParsed

    from optreview.evidence.static.source.index import Index
    from optreview.evidence.static.source.modules import ClassRef, Module
    from optreview.records import Location

_HOPS = 6
_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\\])}]+")
_ARXIV = re.compile(r"\barxiv[:\s]+(\d{4}\.\d{4,5})", re.IGNORECASE)
_DEFAULT = re.compile(r"\(?\bdefaults?(?:\s+(?:to|is|value|value is|value:))?\s*[:=]?\s*", re.IGNORECASE)
_HEADINGS = re.compile(r"^(\s*)(Arguments|Parameters)\s*:\s*$", re.MULTILINE)
#: So long is a line that was broken; a shorter one is a title.
_FULL = 60
#: A sentence that can be quoted whole.
_SENTENCE = re.compile(r".{1,240}?[.!?](?=\s|$)")


@dataclass(frozen=True, slots=True)
class Documented:
    """What a docstring says of one parameter."""

    description: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Documentation:
    """The text about a class.

    Attributes:
        parameters: Descriptions by parameter name.
        location: Where the docstring that documents parameters stands.
    """

    summary: str | None
    parameters: dict[str, Documented] = field(default_factory=dict)
    location: Location | None = None
    citations: tuple[str, ...] = ()


def read(index: Index, subject: ClassRef, constructor_owner: ClassRef | None) -> Documentation:
    """Collect the docstrings of the class, its constructor, its module, and what it inherits them from."""
    owners = [subject]
    if constructor_owner is not None and constructor_owner != subject:
        owners.append(constructor_owner)
    summary: str | None = None
    found: dict[str, Documented] = {}
    location: Location | None = None
    texts: list[str] = []
    for owner in owners:
        for text, place in _docstrings(index, owner):
            texts.append(text)
            parsed_summary, parameters = _parse(text)
            summary = summary or (parsed_summary if owner is subject else None)
            if parameters and not found:
                location = place
            for name, entry in parameters.items():
                found.setdefault(name, entry)
    module_text = _body_docstring(index, subject.module, subject.module.tree.body)
    if module_text is not None:
        texts.append(module_text[0])
    return Documentation(summary, found, location, citations(texts))


def citations(texts: list[str]) -> tuple[str, ...]:
    """URLs and arXiv identifiers, in order of appearance."""
    found: dict[str, None] = {}
    for text in texts:
        marks = [(match.start(), match.group().rstrip(".,;:")) for match in _ADDRESS.finditer(text)]
        marks += [(match.start(), f"arXiv:{match.group(1)}") for match in _ARXIV.finditer(text)]
        found.update(dict.fromkeys(mark for _, mark in sorted(marks)))
    return tuple(found)


def _docstrings(index: Index, owner: ClassRef) -> list[tuple[str, Location]]:
    found: list[tuple[str, Location]] = []
    assigned = owner.module.docs.get(owner.name)
    if assigned is not None:
        text = fold(index, owner.module, assigned)
        if text:
            found.append((text, owner.module.location(assigned)))
    own = _body_docstring(index, owner.module, owner.node.body.body)
    if own is not None:
        found.append(own)
    constructor = methods(owner.node).get("__init__")
    if constructor is not None:
        inner = _body_docstring(index, owner.module, constructor.body.body)
        if inner is not None:
            found.append(inner)
    return found


def _body_docstring(index: Index, module: Module, body: object) -> tuple[str, Location] | None:
    statements = list(body) if isinstance(body, list | tuple) else []
    first = statements[0] if statements else None
    if isinstance(first, cst.SimpleStatementLine):
        first = first.body[0]
    if not isinstance(first, cst.Expr):
        return None
    if not isinstance(first.value, cst.SimpleString | cst.ConcatenatedString):
        return None
    text = fold(index, module, first.value)
    return (text, module.location(first.value)) if text else None


def fold(index: Index, module: Module, node: cst.BaseExpression, hops: int = _HOPS) -> str | None:  # noqa: PLR0911 - one case a line
    """The text of a string expression: concatenations, f-strings, and names that stand for strings."""
    if isinstance(node, cst.SimpleString):
        value = text_of(node)
        return value if isinstance(value, str) else None
    if isinstance(node, cst.ConcatenatedString):
        left, right = fold(index, module, node.left, hops), fold(index, module, node.right, hops)
        return None if left is None or right is None else left + right
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        left, right = fold(index, module, node.left, hops), fold(index, module, node.right, hops)
        return (left or "") + (right or "")
    if isinstance(node, cst.FormattedString):
        return "".join(_fold_part(index, module, part, hops) for part in node.parts)
    if isinstance(node, cst.Name | cst.Attribute) and hops > 0:
        found = index.dotted(module, node)
        return fold(index, found.module, found.node, hops - 1) if isinstance(found, ConstantRef) else None
    if isinstance(node, cst.Integer | cst.Float):
        return node.value
    if isinstance(node, cst.UnaryOperation):
        return module.text(node)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return fold(index, module, node.func.value, hops)
    return None


def _fold_part(index: Index, module: Module, part: cst.BaseFormattedStringContent, hops: int) -> str:
    if isinstance(part, cst.FormattedStringText):
        return part.value.replace("{{", "{").replace("}}", "}")
    if isinstance(part, cst.FormattedStringExpression):
        return fold(index, module, part.expression, hops) or ""
    return ""


def _parse(text: str) -> tuple[str | None, dict[str, Documented]]:
    from docstring_parser import ParseError, parse  # noqa: PLC0415 - only who needs it pays for it

    try:
        parsed = parse(_HEADINGS.sub(r"\1Args:", _dedented(text)))
    except (ParseError, ValueError, IndexError):
        return None, {}
    found: dict[str, Documented] = {}
    for entry in parsed.params:
        description = " ".join((entry.description or "").split())
        if entry.arg_name.rstrip().endswith(
            "(default"
        ):  # the parser took the colon of ``(default: x)`` for its own
            description = f"(default: {description}"
        names = re.split(r"\s*,\s*|\s+and\s+|\s*/\s*", entry.arg_name.partition("(")[0].strip("`* "))
        if len(names) > 1 and any(" " in name.strip("`* ") for name in names):
            continue  # the sentence before goes on at the margin
        for name in names:
            plain = name.strip("`* ").partition(" ")[0]
            if plain.isidentifier():
                found.setdefault(plain, Documented(description, documented_default(description)))
    return _summary(parsed), found


def _summary(parsed: DocstringParsed) -> str | None:
    """The first line, or the sentence that it begins where it is full and the next lines go on with it."""
    line = " ".join((parsed.short_description or "").split())
    if not line or re.fullmatch(r"\w+:", line):
        return None
    if len(line) < _FULL or line.endswith((".", "!", "?")) or parsed.blank_after_short_description:
        return line
    rest = " ".join((parsed.long_description or "").partition("\n\n")[0].split())
    sentence = _SENTENCE.match(f"{line} {rest}")
    return sentence.group() if sentence else line


def _dedented(text: str) -> str:
    """Dedented like ``inspect.cleandoc``; folded docstrings mix indents, which that leaves to the deepest."""
    import inspect  # noqa: PLC0415 - only who needs it pays for it

    return inspect.cleandoc(text)


def documented_default(description: str) -> str | None:
    """The default that a description states: ``(default: 1e-3)``, ``Defaults to 0.9.``.

    None where it states several: the parser may have taken the next parameter for a part of this one.
    """
    stated: dict[str, None] = {}
    for match in _DEFAULT.finditer(description):
        if not match.group().rstrip().endswith((":", "=")) and " to" not in match.group().lower():
            continue
        if value := _balanced(description[match.end() :]):
            stated[value] = None
    return next(iter(stated)) if len(stated) == 1 else None


def _balanced(text: str) -> str | None:
    """The leading literal of a text: to the bracket that closes an outer one, or the end of the sentence."""
    depth, end = 0, len(text)
    for position, sign in enumerate(text):
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            if depth == 0:
                end = position
                break
            depth -= 1
        elif (
            (depth == 0 and sign in ",;")
            or (depth == 0 and text[position : position + 2] in {". ", ".\n"})
            or (depth == 0 and sign == " " and position > 0)
        ):
            end = position
            break
    value = (
        text[:end].strip().rstrip(".").strip("`'\" ")
        if text[:1] not in "'\""
        else text[:end].strip().rstrip(".")
    )
    return value or None

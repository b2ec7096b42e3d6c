"""Parts of an update in the language of rules, as a person would write them."""

from __future__ import annotations

from optreview.evidence.dynamic.rule.kinship.tree import Node

#: Longer formulas are not written: they are read, not run.
_LONGEST = 90
LONG = "a formula too long for a line"
_NAMES = {"avg": "EMA", "back": "itself"}
#: The last value not of the innermost recurrence around it, but of one further out.
_OUTER = "outer"
_RELATIONS = {"<", "<=", ">", ">=", "==", "!=", "and", "or"}
_SUM, _PRODUCT, _POWER, _ATOM = range(4)


def written(tree: Node) -> str:
    """The whole of it."""
    return _written(tree, _SUM, [100_000])


def short(tree: Node) -> str:
    """It, if it fits into a sentence, or that it does not."""
    text = _written(tree, _SUM, [_LONGEST])
    return text if len(text) <= _LONGEST and "…" not in text else LONG


def _written(  # noqa: PLR0911 - one for each kind of node
    one: Node, strength: int, left: list[int]
) -> str:
    if left[0] <= 0:
        return "…"
    left[0] -= 1
    kind, _, index = one.label.partition(":")
    if kind == "+":
        terms = sorted(
            (_written(each, _SUM, left) for each in one.children), key=lambda text: text.startswith("-")
        )
        text = terms[0] + "".join(
            f" - {each[1:]}" if each.startswith("-") else f" + {each}" for each in terms[1:]
        )
        return text if strength == _SUM else f"({text})"
    if kind in {"*", "-*"}:
        return _product(one, strength, left)
    if kind.startswith("^"):
        return _power(one, left)
    if kind in _RELATIONS:
        return f" {kind} ".join(_written(each, _PRODUCT, left) for each in one.children)
    if kind == "matmul":
        text = " @ ".join(_written(each, _POWER, left) for each in one.children)
        return text if strength <= _PRODUCT else f"({text})"
    if kind == "lag" and len(one.children) == 1:
        return f"previous {_written(one.children[0], _ATOM, left)}"
    further = kind == "back" and index not in {"", "0"}
    name = _OUTER if further else _NAMES.get(kind, kind) + (f"[{index}]" if kind == "avg" and index else "")
    if not one.children:
        return name
    return f"{name}({', '.join(_written(each, _SUM, left) for each in one.children)})"


def _product(one: Node, strength: int, left: list[int]) -> str:
    above = [each for each in one.children if not each.label.startswith("^-")]
    below = [each for each in one.children if each.label.startswith("^-")]
    text = "·".join(_written(each, _PRODUCT, left) for each in above) or "1"
    if below:
        under = [_power(Node(f"^{each.label[2:]}", each.children), left) for each in below]
        text += f"/{under[0]}" if len(under) == 1 else f"/({'·'.join(under)})"
    if one.label == "-*":
        return f"-{text}" if strength == _SUM else f"(-{text})"
    return text if strength <= _PRODUCT else f"({text})"


def _power(one: Node, left: list[int]) -> str:
    exponent = one.label[1:]
    inner = one.children[0]
    if exponent == "0.5" and inner.label.startswith("mean") and inner.children[0].label == "^2":
        (square,) = inner.children
        return f"rms{inner.label[4:]}({_written(square.children[0], _SUM, left)})"
    if exponent.startswith("-"):
        return f"1/{_power(Node(f'^{exponent[1:]}', one.children), left)}"
    if exponent == "0.5":
        return f"√({_written(one.children[0], _SUM, left)})"
    base = _written(one.children[0], _POWER, left)
    small = {"1": "", "2": "²", "3": "³"}
    return f"{base}{small.get(exponent, f'^{exponent}')}"

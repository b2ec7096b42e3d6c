"""What a page copies from the source, held against ``inspect`` and the lines themselves."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

from pytorch_optimizer.base import optimizer as base
from pytorch_optimizer.optimizer import a2grad, adabelief, utils

from benchmarks.claims.computed import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLASSES = {"AdaBelief": adabelief.AdaBelief, "A2Grad": a2grad.A2Grad}
_CELL = re.compile(r"(`[\w/]+\.py` )?lines? ([\d, and]+)")
#: By row of a table, what each line that is named has to hold.
_HOLDS = {
    "Closure": "closure()",
    "Sparse gradients": "NoSparseGradientError",
    "Reads back to the host": r"\.item\(\)|grad_norm > 0",
    "Gradients": r"(_foreach_neg_|_foreach_add_)\(grads|grad\.(add|neg)_",
    "Parameters": r"p\.(mul|lerp|add|addcdiv)_|_foreach_\w+_\((params|tensors)|addcdiv_\(p",
    "New full-size tensors": r"sub|sqrt|add\(|mul\(|- exp_avg|pow|clone|_foreach_|\.div\(|\.to\(",
}


def of(name: str, page: str) -> Iterator[Claim]:
    """Defaults, meanings, checks, the places of state, and what the lines that the tables name hold."""
    cls = _CLASSES[name]
    own = inspect.getsourcefile(cls) or ""
    lines = inspect.getsource(inspect.getmodule(cls)).splitlines()  # type: ignore[arg-type]
    documented = dict(re.findall(r"^ +(\w+): (.+)$", inspect.getdoc(cls) or "", re.M))
    for parameter in list(inspect.signature(cls).parameters.values())[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        meaning = documented[parameter.name]
        default = re.escape(repr(parameter.default)).replace("0\\.001", "(?:1e-3|0\\.001)")
        found = re.search(
            rf"^\| `{parameter.name}` \| `{default}` \| {re.escape(meaning)}.*\| (?:line (\d+)|no) \|$",
            page,
            re.M,
        )
        checked = found is not None and (
            found[1] is None
            or parameter.name in lines[int(found[1]) - 1]
            or "validate" in lines[int(found[1]) - 1]
        )
        quote = (
            found[0]
            if found and checked
            else f"`{parameter.name}`: default {parameter.default!r}, “{meaning}”"
        )
        yield Claim(
            "Initialization",
            quote,
            "signature and docstring",
            "`inspect.signature`, `inspect.getdoc`, and the line that checks it",
        )
    for key, number in re.findall(r"^\| `(\w+)` \|.*\| line (\d+) \| [^|]+\|$", page, re.M):
        holds = f"state['{key}'] =" in lines[int(number) - 1]
        yield Claim(
            "Initialization",
            f"`{key}`" if holds else f"{key} is not made at line {number}",
            f"line {number}",
            f"the line holds `state['{key}'] =`",
        )
    files = {own: lines, "base/optimizer.py": inspect.getsource(base).splitlines()}
    files["utils/foreach.py"] = inspect.getsource(utils.foreach).splitlines()
    for row, pattern in _HOLDS.items():
        for line in re.findall(rf"^\| {row} \|.*$", page, re.M):
            cell = re.sub(r" and \d+ more lines?", "", line.rstrip(" |").rpartition(" | ")[2])
            for file, numbers in _CELL.findall(cell):
                text = next((t for n, t in files.items() if file and n in file), lines) if file else lines
                for number in re.findall(r"\d+", numbers):
                    held = re.search(pattern, text[int(number) - 1]) is not None
                    quote = (
                        line
                        if held
                        else f"{row}: {file}line {number} holds `{text[int(number) - 1].strip()}`"
                    )
                    yield Claim(
                        "The step", quote, f"{file}line {number}", f"`{text[int(number) - 1].strip()}`"
                    )

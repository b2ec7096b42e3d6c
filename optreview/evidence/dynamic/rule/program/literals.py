"""Float literals that give way to symbolic numbers: in ``2.0 / step`` Python asks the float first."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.program.scalars import literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def functions(modules: list[ModuleType]) -> list[tuple[FunctionType, CodeType]]:
    """Functions and methods of these modules that have such literals, with code in which they give way."""
    found = {id(each): each for module in modules for each in _functions(module)}
    pairs = [(function, _yielding(function.__code__)) for function in found.values()]
    return [(function, code) for function, code in pairs if code is not function.__code__]


@contextmanager
def yielding(found: list[tuple[FunctionType, CodeType]]) -> Iterator[None]:
    """Give the functions that code for as long as the context lasts."""
    before: list[tuple[FunctionType, CodeType]] = []
    try:
        for function, code in found:
            before.append((function, function.__code__))
            function.__code__ = code
        yield
    finally:
        for function, code in reversed(before):
            function.__code__ = code


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    for value in list(vars(module).values()):
        if isinstance(value, type) and value.__module__ == module.__name__:
            for each in list(vars(value).values()):
                yield from _unwrapped(each)
        else:
            yield from _unwrapped(value)


def _unwrapped(value: object) -> Iterator[FunctionType]:
    """A function, and those that decorators have wrapped."""
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    elif isinstance(value, property):
        value = value.fget
    while isinstance(value, FunctionType):
        yield value
        value = vars(value).get("__wrapped__")


@cache
def _yielding(code: CodeType) -> CodeType:
    constants = tuple(_constant(each) for each in code.co_consts)
    same = all(new is old for new, old in zip(constants, code.co_consts, strict=True))
    return code if same else code.replace(co_consts=constants)


def _constant(value: object) -> object:
    if isinstance(value, CodeType):
        return _yielding(value)
    return literal(value) if type(value) is float else value

"""What optimizers may take, as tests: ``assert_optimizer_memory``, and the mark ``optreview``.

pytest imports this file in every session, so what measures is imported when a test asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

_MARK = "optreview"
_HELP = (
    f"{_MARK}(optimizer, state_ratio=1.0, ...): before the test, measure what the optimizer takes, a class "
    "or a target of optreview, and fail where it is more. The arguments are those of "
    "optreview.pytest_plugin.assert_optimizer_memory."
)


class Asked(TypedDict, total=False):
    """What an optimizer may take, and how that is measured.

    ``state`` to ``steady_transient`` are limits as ``budgets`` in ``[tool.optreview]`` has them, such as
    ``1.0x AdamW`` or ``8 B per parameter``; ``state_ratio`` is one on state, as so many times AdamW's. They
    are about both dtypes where ``dtype`` is left out. ``baseline`` compares with the project's, or with that
    of a file. ``timeout`` is in seconds, for each measurement.
    """

    state_ratio: float
    state: str
    hidden: str
    host: str
    first_transient: str
    steady_transient: str
    dtype: Literal["float32", "bfloat16"]
    baseline: bool | str
    device: Literal["auto", "cpu", "cuda"]
    timeout: float


def assert_optimizer_memory(optimizer: type | str, **asked: Unpack[Asked]) -> None:
    """Measure an optimizer in a box, and fail where it takes more than it may.

    Args:
        optimizer: A class that stands in a file, or a target as ``optreview check`` takes it.
        **asked: What it may take: at least one limit, or the baseline.

    Raises:
        AssertionError: It takes more, in two measurements; the message is that of ``optreview check``.
        OptreviewError: It could not be measured, or what is asked cannot be.
    """
    __tracebackhide__ = True
    if told := _worse(optimizer, asked):
        raise AssertionError(told)


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", _HELP)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Measure what the marks of a test name, before it runs."""
    for mark in item.iter_markers(_MARK):
        if told := _failure(mark.args, mark.kwargs):
            pytest.fail(told, pytrace=False)


def _failure(optimizers: tuple[type | str, ...], asked: Mapping[str, object]) -> str:
    """Why a test with this mark fails; empty where it does not."""
    from optreview.errors import OptreviewError  # noqa: PLC0415 - no session pays for what it does not use

    if not optimizers:
        return f"The mark {_MARK} names no optimizer."
    try:
        told = [_worse(each, asked) for each in optimizers]
    except OptreviewError as error:
        return str(error)
    return "\n".join(filter(None, told))


def _worse(optimizer: type | str, asked: Mapping[str, object]) -> str:
    """What is worse, in the words of ``optreview check``; empty where nothing is."""
    __tracebackhide__ = True
    from optreview import asserting  # noqa: PLC0415 - as above

    found = asserting.ask(optimizer, asked)
    if found.verdict == "incomparable":
        pytest.skip(found.told)
    return found.told if found.verdict == "worse" else ""

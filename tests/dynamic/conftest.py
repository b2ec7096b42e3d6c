"""One warm template for all tests of this folder, and targets made from files and installed packages."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from optreview.evidence.dynamic.client import Job, Limits, Runner
from optreview.records import DynamicEvidence, Failure, Option, Target

SPECIMENS = Path(__file__).parent / "specimens"

Measure = Callable[..., DynamicEvidence]


def lone(path: Path, class_name: str) -> Target:
    """A file in no package."""
    return Target(
        spec=str(path),
        path=str(path),
        root=str(path.parent),
        module=path.stem,
        package=path.stem,
        lone=True,
        class_name=class_name,
    )


def installed(module: str, class_name: str) -> Target:
    """A module of an installed package, found without importing it."""
    top, *rest = module.split(".")
    spec = importlib.util.find_spec(top)
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    path = folder.joinpath(*rest).with_suffix(".py") if rest else Path(spec.origin)
    if not path.exists():
        path = folder.joinpath(*rest) / "__init__.py"
    return Target(
        spec=module,
        path=str(path),
        root=str(folder.parent),
        module=module,
        package=top,
        lone=False,
        class_name=class_name,
    )


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    """A template on the CPU; nothing here takes long unless other tests keep the machine busy."""
    with Runner(device="cpu", limits=Limits(wall_seconds=120)) as runner:
        yield runner


def options(**flips: str) -> tuple[Option, ...]:
    """Options from keyword arguments."""
    return tuple(Option(name=name, value=value) for name, value in flips.items())


_MEASURED: dict[tuple[int, Job], DynamicEvidence] = {}


def evidence_of(
    runner: Runner,
    target: Target,
    *,
    files: tuple[str, ...] = (),
    probes: tuple[str, ...] | None = None,
    **flips: str,
) -> DynamicEvidence:
    """Measure, once a session; fail the test with the sentence if nothing could be measured.

    Where probes are named, only these are asked, and nothing is traced.
    """
    traces = ((),) if probes is None else ()
    job = Job(target=target, options=options(**flips), files=files, probes=probes, traces=traces)
    key = (id(runner), job)
    if key not in _MEASURED:
        result = runner.measure(job)
        assert not isinstance(result, Failure), result.message
        _MEASURED[key] = result
    return _MEASURED[key]


def failure_of(runner: Runner, target: Target) -> Failure:
    """Measure something that must not be measurable."""
    result = runner.measure(Job(target=target))
    assert isinstance(result, Failure)
    return result

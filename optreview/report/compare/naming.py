"""What the two sides are called, and what is told of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.records import ComparedSide
from optreview.report.compare.runs import default_path

if TYPE_CHECKING:
    from optreview.records import Review, Subject


def names(a: Review, b: Review) -> tuple[str, str]:
    """The shortest names that tell the two apart: classes, packages, modules, versions, or letters."""
    for first, second in zip(_known_as(a), _known_as(b), strict=True):
        if first != second:
            return first, second
    name = a.evidence.static.subject.class_name
    return f"{name} (first)", f"{name} (second)"


def _known_as(review: Review) -> tuple[str, ...]:
    subject = review.evidence.static.subject
    version = f"{subject.class_name} {subject.version or ''}".strip()
    return subject.class_name, subject.package, subject.module, version


def side(review: Review, name: str) -> ComparedSide:
    """One side as the comparison keeps it."""
    static, dynamic = review.evidence.static, review.evidence.dynamic
    subject: Subject = static.subject
    return ComparedSide(
        name=name,
        class_name=subject.class_name,
        module=subject.module,
        package=subject.package,
        distribution=subject.distribution,
        version=subject.version,
        file=subject.location.file,
        sha256=subject.source.sha256,
        schema_version=review.schema_version,
        generator_version=review.generator_version,
        environment=dynamic.environment if dynamic else None,
        workload=dynamic.workload.name if dynamic else None,
        tensors=len(dynamic.workload.tensors) if dynamic else None,
        default_path=default_path(dynamic) if dynamic else None,
        arguments=dynamic.recipe.arguments if dynamic else (),
        not_run=review.evidence.not_run,
        unread=static.limits if not static.complete else (),
    )

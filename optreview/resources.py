"""Where the data lies that ships with optreview: rubrics, templates and the JSON Schema of the record."""

from __future__ import annotations

from pathlib import Path

from optreview.errors import InputError
from optreview.records import CHECK_VERSION, COMPARISON_VERSION, LINT_VERSION, SCHEMA_VERSION

_PACKAGE = Path(__file__).parent


def rubrics() -> Path:
    """The folder of the opinions: criteria, known optimizers, hardware tiers and use cases."""
    return _folder("rubrics")


def templates() -> Path:
    """The folder of the output formats."""
    return _folder("templates")


def schema() -> Path:
    """The JSON Schema of the record, for the version that this optreview writes."""
    return _PACKAGE / "schema" / f"review-{SCHEMA_VERSION}.json"


def lint_schema() -> Path:
    """The JSON Schema of the linter's JSON, for the version that this optreview writes."""
    return _PACKAGE / "schema" / f"lint-{LINT_VERSION}.json"


def check_schema() -> Path:
    """The JSON Schema of a check's JSON, for the version that this optreview writes."""
    return _PACKAGE / "schema" / f"check-{CHECK_VERSION}.json"


def comparison_schema() -> Path:
    """The JSON Schema of a comparison's JSON, for the version that this optreview writes."""
    return _PACKAGE / "schema" / f"comparison-{COMPARISON_VERSION}.json"


def _folder(name: str) -> Path:
    """Prefer what was installed; in a checkout the folder stands at the top level.

    The checkout is known by its ``pyproject.toml``, so that a stranger's ``rubrics`` in site-packages is
    never taken for ours.
    """
    installed = _PACKAGE / "_data" / name
    if installed.is_dir():
        return installed
    checkout = _PACKAGE.parent
    if (checkout / name).is_dir() and (checkout / "pyproject.toml").is_file():
        return checkout / name
    raise InputError(
        f"This installation of optreview is broken: its {name} are missing; reinstall it with "
        "'pip install --force-reinstall optreview'."
    )
